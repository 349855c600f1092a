package io.penstock.lab.demo;

import io.penstock.lab.demo.picture.PictureState.Event;
import io.penstock.lab.demo.picture.PictureState.Tone;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** What happened, newest last; the oldest go first when there are too many. Thread-safe. */
final class EventLog {
    private static final int CAPACITY = 200;

    private final long startNs;
    private final Deque<Event> events = new ArrayDeque<>();

    EventLog(long startNs) {
        this.startNs = startNs;
    }

    synchronized void add(Tone tone, String text) {
        if (events.size() == CAPACITY) {
            events.removeFirst();
        }
        events.add(new Event(System.nanoTime() - startNs, text, tone));
    }

    synchronized List<Event> all() {
        return List.copyOf(events);
    }
}
