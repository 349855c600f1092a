package io.penstock.wireguard.wire;

import java.util.Objects;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** The one way a flyweight takes its bytes. */
final class View {
    private View() {}

    static void wrap(UnsafeBuffer view, DirectBuffer buffer, int offset, int length) {
        // Agrona's own check can be switched off by a property; this one stays.
        Objects.checkFromIndexSize(offset, length, buffer.capacity());
        view.wrap(buffer, offset, length);
    }
}
