package io.penstock.bench;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** What a benchmark class asks, and what its figures are held against. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface Question {
    /** One sentence. */
    String value();

    /** The benchmark that has ratio 1: the name of a method, or {@code PARAMETER=VALUE} for the same method with that value. */
    String baseline();

    /** What a score is the time of. */
    String unit() default "call";

    /** A parameter that begins with the number of such units that one call handles; empty if it is one. */
    String countedBy() default "";
}
