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
 * <p>The first use of a shape costs 15 to 40 ms, the next symbol of the same shape 0.2 ms. Hence two shapes serve nearly all: six
 * {@code long}s, with errno or critical. On Linux (x86-64, aarch64) these travel in the same registers whether variadic or not, and
 * a function reads only those it declares. A third, of ten {@code long}s, is for the few functions with more arguments.
 */
@SuppressWarnings("restricted") // the one place of the project that links
public final class NativeLibrary {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final FunctionDescriptor SIX_LONGS =
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    private static final FunctionDescriptor TEN_LONGS = FunctionDescriptor.of(
            JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
            JAVA_LONG, JAVA_LONG);
    private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");
    // On x86-64 this adds the count of vector registers that open, ioctl and others look at; the rest ignores it.
    private static final Linker.Option VARIADIC = Linker.Option.firstVariadicArg(1);

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
        return LINKER.downcallHandle(address(symbol), SIX_LONGS, ERRNO, VARIADIC);
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

    /** As {@link #bindCritical} for a function of seven to ten arguments: {@code (long x 10) -> long}. */
    public MethodHandle bindCriticalWide(String symbol) {
        return LINKER.downcallHandle(address(symbol), TEN_LONGS, Linker.Option.critical(false));
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
