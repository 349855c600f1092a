package io.penstock.engine.io;

import java.util.Random;

/** When a call fails, and how: asked once for each call that may, in the order of the calls, by one thread. */
@FunctionalInterface
public interface Faults {
    Faults NONE = () -> 0;

    /** The errno of this call, or 0 to let it through. */
    int next();

    static Faults always(int errno) {
        return () -> errno;
    }

    /** Only the call after {@code passed} others fails. */
    static Faults once(int passed, int errno) {
        return new Faults() {
            private int calls;

            @Override
            public int next() {
                return calls++ == passed ? errno : 0;
            }
        };
    }

    /** One call in {@code oneIn} fails, with any of {@code errnos}. */
    static Faults random(long seed, int oneIn, int... errnos) {
        Random random = new Random(seed);
        return () -> random.nextInt(oneIn) == 0 ? errnos[random.nextInt(errnos.length)] : 0;
    }
}
