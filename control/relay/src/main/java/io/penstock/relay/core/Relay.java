package io.penstock.relay.core;

import io.penstock.protocol.derp.Frame;
import io.penstock.protocol.derp.Greeting;
import io.penstock.protocol.key.NodeKey;
import io.penstock.wireguard.Endpoint;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Who is here and how they are reached. Thread-safe: finding somebody takes no lock, coming and going takes one. Whoever must
 * be woken is woken after it is released.
 */
public final class Relay {
    private static final double NOT_HERE_PER_SECOND = 1;
    private static final double NOT_HERE_BURST = 3;

    /** Keys that one client may hear from and be told of when they leave. */
    private static final int MAX_HEARD = 10_000;

    /** Packets whose senders no relay has announced yet. */
    private static final int MAX_HEARD_EARLY = 1024;

    private final QueueLimits limits;
    private final RelayCounters counters;
    private final ConcurrentHashMap<NodeKey, Destination> destinations = new ConcurrentHashMap<>();

    // Guarded by this.
    private final Set<Client> watchers = new HashSet<>();
    private final Set<Client> clients = new HashSet<>();
    private final Set<HeardEarly> heardEarly = new LinkedHashSet<>();

    /** A client got a packet from a key that is at another relay, which has not announced it yet. */
    private record HeardEarly(NodeKey key, Client receiver) {}

    public Relay(QueueLimits limits, RelayCounters counters) {
        this.limits = limits;
        this.counters = counters;
    }

    public RelayCounters counters() {
        return counters;
    }

    /** A client was let in; it takes the packets for its key from here on. */
    public Client arrive(NodeKey key, Greeting greeting, boolean isMesh, Endpoint source, Link link, long nowNs) {
        Client client;
        List<Client> toWake = new ArrayList<>();
        synchronized (this) {
            Destination destination = destinations.computeIfAbsent(key, Destination::new);
            client = new Client(
                    destination,
                    greeting,
                    isMesh,
                    source,
                    new Outbox(limits, counters),
                    link,
                    new TokenBucket(NOT_HERE_PER_SECOND, NOT_HERE_BURST, nowNs));
            destination.connections.add(client);
            destination.activate(client);
            clients.add(client);
            settleHeardEarly(destination);
            tellWatchers(key, client.present(), toWake);
        }
        counters.onArrived();
        wakeAll(toWake);
        return client;
    }

    /** A client has left; what waits for it is dropped. */
    public void depart(Client client) {
        List<Client> toWake = new ArrayList<>();
        synchronized (this) {
            heardEarly.removeIf(heard -> heard.receiver() == client);
            if (!clients.remove(client)) {
                return;
            }
            watchers.remove(client);
            Destination destination = client.destination;
            destination.connections.remove(client);
            if (destination.connections.isEmpty()) {
                tellWatchers(client.key(), gone(client.key()), toWake);
            }
            settle(destination, toWake);
        }
        client.outbox().close();
        for (Destination heard : client.heardFrom) {
            heard.heardBy.remove(client);
        }
        client.heardFrom.clear();
        counters.onHome(client.onPreferred(false));
        counters.onDeparted();
        wakeAll(toWake);
    }

    /** Under the lock: chooses again, and if nobody is left tells those who received from the key. */
    private void settle(Destination destination, List<Client> toWake) {
        destination.chooseAgain();
        if (!destination.isEmpty()) {
            return;
        }
        destinations.remove(destination.key, destination);
        for (Client listener : destination.heardBy) {
            listener.heardFrom.remove(destination);
            if (listener.outbox().offerChange(destination.key, gone(destination.key))) {
                toWake.add(listener);
            }
        }
        destination.heardBy.clear();
    }

    private static Frame gone(NodeKey key) {
        return new Frame.PeerGone(key, Frame.GONE_DISCONNECTED);
    }

    private void tellWatchers(NodeKey key, Frame news, List<Client> toWake) {
        for (Client watcher : watchers) {
            if (watcher.outbox().offerChange(key, news, Integer.MAX_VALUE)) { // at most one for each key that was here
                toWake.add(watcher);
            }
        }
    }

    private static void wakeAll(List<Client> toWake) {
        toWake.forEach(client -> client.link().wake());
    }

    /** Who takes packets for a key; null if nobody does. Takes no lock. */
    public @Nullable Destination find(NodeKey key) {
        return destinations.get(key);
    }

    /** On the sender's loop: a connection that sends is the active one of its key again. */
    public void onSending(Client sender) {
        if (sender.destination.target() != sender) {
            synchronized (this) {
                if (clients.contains(sender)) {
                    sender.destination.activate(sender);
                }
            }
        }
    }

    /** {@code receiver} gets packets from {@code sender}, and so will learn when it leaves. */
    public void onHeard(Client receiver, Client sender) {
        onHeard(receiver, sender.destination);
    }

    /** The same for a sender who is at another relay. */
    public void onHeard(Client receiver, Destination sender) {
        if (receiver.heardFrom.contains(sender)) {
            return;
        }
        if (receiver.heardFrom.size() >= MAX_HEARD) {
            counters.onDropped(DropReason.HEARD_LIMIT, 1);
            return;
        }
        synchronized (this) { // against either of them leaving meanwhile
            if (!sender.isGone() && clients.contains(receiver)) {
                receiver.heardFrom.add(sender);
                sender.heardBy.add(receiver);
            }
        }
    }

    /** The same for a sender who is at another relay and was not announced yet: noted until that happens. */
    public void onHeardEarly(Client receiver, NodeKey sender) {
        synchronized (this) {
            Destination announced = destinations.get(sender);
            if (announced != null) {
                onHeard(receiver, announced);
            } else if (clients.contains(receiver)
                    && heardEarly.add(new HeardEarly(sender, receiver))
                    && heardEarly.size() > MAX_HEARD_EARLY) {
                heardEarly.remove(heardEarly.iterator().next());
                counters.onDropped(DropReason.HEARD_LIMIT, 1);
            }
        }
    }

    /** Under the lock: the key is here, and those who have heard from it before will be told when it leaves. */
    private void settleHeardEarly(Destination destination) {
        heardEarly.removeIf(heard -> {
            boolean isIt = heard.key().equals(destination.key);
            if (isIt && clients.contains(heard.receiver())) {
                heard.receiver().heardFrom.add(destination);
                destination.heardBy.add(heard.receiver());
            }
            return isIt;
        });
    }

    /** A packet could not be delivered: the sender is told, if it looks like discovery and not too often. */
    public void onUnknown(Client sender, NodeKey destination, boolean isDisco, long nowNs) {
        counters.onDropped(DropReason.UNKNOWN_DESTINATION, 1);
        if (!isDisco) {
            return;
        }
        if (!sender.mayNoteNotHere(nowNs)) {
            counters.onDropped(DropReason.NOT_HERE_LIMIT, 1);
        } else if (sender.outbox().offerChange(destination, new Frame.PeerGone(destination, Frame.GONE_NOT_HERE))) {
            sender.link().wake();
        }
    }

    /** On the client's loop: its home is here, or not. */
    public void onPreferred(Client client, boolean isHome) {
        counters.onHome(client.onPreferred(isHome));
    }

    /** Another relay wants to know who is here, and who comes and goes. */
    public void watch(Client watcher) {
        boolean mustWake = false;
        synchronized (this) {
            if (!clients.contains(watcher) || !watchers.add(watcher)) {
                return;
            }
            for (Client client : clients) {
                mustWake |= watcher.outbox().offerChange(client.key(), client.present(), Integer.MAX_VALUE);
            }
        }
        if (mustWake) {
            watcher.link().wake();
        }
    }

    /** Another relay wants all connections of a key closed. */
    public void closePeer(NodeKey key) {
        List<Client> toClose = List.of();
        synchronized (this) {
            Destination destination = destinations.get(key);
            if (destination != null) {
                toClose = List.copyOf(destination.connections);
            }
        }
        toClose.forEach(client -> client.link().close(CloseReason.CLOSED_BY_MESH));
    }

    /** The keys of the clients that are here, without other relays of the region; a copy. */
    public synchronized Set<NodeKey> clientKeys() {
        Set<NodeKey> keys = new HashSet<>();
        for (Client client : clients) {
            if (!client.isMesh()) {
                keys.add(client.key());
            }
        }
        return keys;
    }

    /** A client may no longer be here: closes all connections of its key, but those of other relays of the region. */
    public void expel(NodeKey key) {
        List<Client> toClose = new ArrayList<>();
        synchronized (this) {
            Destination destination = destinations.get(key);
            if (destination != null) {
                destination.connections.stream()
                        .filter(client -> !client.isMesh())
                        .forEach(toClose::add);
            }
        }
        toClose.forEach(client -> client.link().close(CloseReason.EXPELLED));
    }

    /** Opens the way to another relay of the region. */
    public Forwarder openForwarder(Link link) {
        counters.onMeshLink(1);
        return new Forwarder(new Outbox(limits, counters), link);
    }

    /** Another relay announces a key. */
    public synchronized void onAnnounced(Forwarder forwarder, NodeKey key) {
        if (forwarder.announced.add(key)) {
            Destination destination = destinations.computeIfAbsent(key, Destination::new);
            destination.forwarders.add(forwarder);
            destination.chooseAgain();
            settleHeardEarly(destination);
        }
    }

    /** Another relay says that a key has left it. */
    public void onWithdrawn(Forwarder forwarder, NodeKey key) {
        List<Client> toWake = new ArrayList<>();
        synchronized (this) {
            if (forwarder.announced.remove(key)) {
                withdraw(forwarder, key, toWake);
            }
        }
        wakeAll(toWake);
    }

    private void withdraw(Forwarder forwarder, NodeKey key, List<Client> toWake) {
        Destination destination = destinations.get(key);
        if (destination != null) {
            destination.forwarders.remove(forwarder);
            settle(destination, toWake);
        }
    }

    /** The way to another relay is lost, and so is who was announced there. */
    public void closeForwarder(Forwarder forwarder) {
        List<Client> toWake = new ArrayList<>();
        synchronized (this) {
            for (NodeKey key : forwarder.announced) {
                withdraw(forwarder, key, toWake);
            }
            forwarder.announced.clear();
        }
        forwarder.outbox().close();
        counters.onMeshLink(-1);
        wakeAll(toWake);
    }

    /** Says something to everybody who is here. */
    public void tellAll(Frame notice) {
        List<Client> all;
        synchronized (this) {
            all = List.copyOf(clients);
        }
        for (Client client : all) {
            if (client.outbox().offer(notice)) {
                client.link().wake();
            }
        }
    }

    /** Ends all connections. */
    public void closeAll(CloseReason reason) {
        List<Client> all;
        synchronized (this) {
            all = List.copyOf(clients);
        }
        all.forEach(client -> client.link().close(reason));
    }
}
