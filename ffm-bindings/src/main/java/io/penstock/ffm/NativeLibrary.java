package io.penstock.ffm;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import org.jspecify.annotations.Nullable;

/**
 * One shared library and the few call shapes that are used with it. Immutable; any thread.
 *
 * <p>The first use of a shape costs about 15 ms, the next symbol of the same shape 0.2 ms. Hence every function is called with
 * six {@code long}s: on x86-64 and aarch64 these travel in registers, and a function reads only those it declares.
 */
@SuppressWarnings("restricted") // the one place of the project that links
public final class NativeLibrary {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final FunctionDescriptor SIX_LONGS =
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    private static final FunctionDescriptor THREE_LONGS =
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");

    private static final MemorySegment IGNORED_CALL_STATE = Arena.global().allocate(Linker.Option.captureStateLayout());

    private final String name;
    private final SymbolLookup symbols;

    private NativeLibrary(String name, SymbolLookup symbols) {
        this.name = name;
        this.symbols = symbols;
    }

    /** The C library of this process. */
    public static NativeLibrary libc() {
        return new NativeLibrary("libc", LINKER.defaultLookup());
    }

    /** Loads a library for the life of the process; {@code null} if the loader does not find it or cannot use it. */
    public static @Nullable NativeLibrary find(String name) {
        try {
            return new NativeLibrary(name, SymbolLookup.libraryLookup(name, Arena.global()));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /**
     * As {@link #find} for a library that is known to be there.
     *
     * @throws IllegalStateException if it is not
     */
    public static NativeLibrary get(String name) {
        NativeLibrary library = find(name);
        if (library == null) {
            throw new IllegalStateException("no library " + name);
        }
        return library;
    }

    /** Bytes that the errno capture of {@link #bind} needs. */
    static MemorySegment allocateCallState() {
        return Arena.ofAuto().allocate(Linker.Option.captureStateLayout());
    }

    public String name() {
        return name;
    }

    public boolean has(String symbol) {
        return symbols.find(symbol).isPresent();
    }

    /** Handle of type {@code (MemorySegment callState, long x 6) -> long}, errno captured; may block. */
    MethodHandle bind(String symbol) {
        return LINKER.downcallHandle(address(symbol), SIX_LONGS, ERRNO);
    }

    /** As {@link #bind} with three longs, of which C declares {@code fixed} and the rest is variadic. */
    MethodHandle bindVariadic(String symbol, int fixed) {
        return LINKER.downcallHandle(address(symbol), THREE_LONGS, ERRNO, Linker.Option.firstVariadicArg(fixed));
    }

    /** Handle of type {@code (long x 6) -> long} for functions that may block or take long, and report no errno. */
    public MethodHandle bindPlain(String symbol) {
        return MethodHandles.insertArguments(bind(symbol), 0, IGNORED_CALL_STATE);
    }

    /**
     * Handle of type {@code (long x 6) -> long} for short functions that never block: a critical call keeps the collector waiting.
     *
     * @throws IllegalStateException if the library has no such symbol
     */
    public MethodHandle bindCritical(String symbol) {
        return LINKER.downcallHandle(address(symbol), SIX_LONGS, Linker.Option.critical(false));
    }

    /** As {@link #bindCritical} for a function pointer that the library handed out. */
    public static MethodHandle bindCriticalPointer(long functionAddress) {
        return LINKER.downcallHandle(
                MemorySegment.ofAddress(functionAddress), SIX_LONGS, Linker.Option.critical(false));
    }

    private MemorySegment address(String symbol) {
        return symbols.find(symbol).orElseThrow(() -> new IllegalStateException(name + " has no symbol " + symbol));
    }
}
