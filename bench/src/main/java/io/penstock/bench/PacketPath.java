package io.penstock.bench;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Marks what runs for each packet: once compiled, it may not allocate a byte, and {@code bench/run} fails if it does. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface PacketPath {
    /** Those that may: {@code PARAMETER=VALUE}, or the name of a method. */
    String[] except() default {};
}
