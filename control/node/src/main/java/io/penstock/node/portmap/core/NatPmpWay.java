package io.penstock.node.portmap.core;

import io.penstock.node.core.Deadline;
import io.penstock.protocol.portmap.NatPmp;
import io.penstock.wireguard.Endpoint;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/** NAT-PMP, RFC 6886. */
final class NatPmpWay implements Way {
    private static final int TRIES = 4;

    /** How often it is asked for its address, to see that it has neither another one nor forgotten us. */
    static final long WATCH_NS = 60_000_000_000L;

    private final Queue<PortMapAction> actions;
    private final Retries retries = new Retries(TRIES);
    private final Deadline watch = new Deadline();
    private final Epoch epoch = new Epoch();
    private final Lease lease = new Lease();
    private Stage stage = Stage.SEARCHING;
    private String refusal = "";
    private byte[] request = NatPmp.addressRequest();
    private int address;
    private int port;
    private int wantedPort;

    NatPmpWay(Queue<PortMapAction> actions) {
        this.actions = actions;
    }

    @Override
    public PortMapKind kind() {
        return PortMapKind.NAT_PMP;
    }

    @Override
    public Stage stage() {
        return stage;
    }

    @Override
    public @Nullable Endpoint external() {
        return stage == Stage.MAPPED ? lease.external() : null;
    }

    @Override
    public String refusal() {
        return refusal;
    }

    @Override
    public void search(long nowNs) {
        ask(NatPmp.addressRequest(), nowNs);
    }

    @Override
    public void map(int internalPort, long nowNs) {
        port = internalPort;
        wantedPort = internalPort;
        stage = Stage.ASKING;
        String problem = ExternalAddress.problem(address);
        if (problem == null) {
            ask(NatPmp.mapRequest(port, wantedPort, Lease.WANTED_SECONDS), nowNs);
        } else {
            refuse(problem);
        }
    }

    @Override
    public void release() {
        if (stage == Stage.MAPPED || stage == Stage.ASKING) {
            actions.add(new PortMapAction.Send(NatPmp.mapRequest(port, 0, 0)));
        }
        if (stage.compareTo(Stage.THERE) > 0) {
            stage = Stage.THERE;
        }
        lease.clear();
        retries.stop();
        watch.clear();
    }

    private void ask(byte[] datagram, long nowNs) {
        request = datagram;
        actions.add(new PortMapAction.Send(datagram));
        retries.start(nowNs);
    }

    private void refuse(String why) {
        stage = Stage.REFUSED;
        refusal = why;
        lease.clear();
        retries.stop();
        watch.clear();
    }

    /** From the gateway. */
    void onResponse(NatPmp.Response response, long nowNs) {
        boolean isLost = response.result() == NatPmp.OK && epoch.isLost(response.epochSeconds(), nowNs);
        switch (response) {
            case NatPmp.Response.Address found -> onAddress(found, nowNs);
            case NatPmp.Response.Mapped mapped -> onMapped(mapped, nowNs);
        }
        if (isLost && stage == Stage.MAPPED) {
            ask(NatPmp.mapRequest(port, wantedPort, Lease.WANTED_SECONDS), nowNs);
        }
    }

    private void onAddress(NatPmp.Response.Address response, long nowNs) {
        switch (stage) {
            case SEARCHING -> {
                retries.stop();
                address = response.address();
                boolean speaks = response.result() != NatPmp.UNSUPPORTED_VERSION
                        && response.result() != NatPmp.UNSUPPORTED_OPCODE;
                stage = speaks ? Stage.THERE : Stage.ABSENT;
                if (speaks && response.result() != NatPmp.OK) {
                    refuse("it refused: " + result(response.result()));
                }
            }
            case MAPPED -> {
                if (response.result() != NatPmp.OK || response.address() == address) {
                    return;
                }
                address = response.address();
                Endpoint external = lease.external();
                String problem = ExternalAddress.problem(address);
                if (problem != null) {
                    refuse(problem);
                } else if (external != null) { // the same port of another address, to be confirmed
                    ask(NatPmp.mapRequest(port, wantedPort, Lease.WANTED_SECONDS), nowNs);
                }
            }
            case ABSENT, THERE, ASKING, REFUSED -> {} // an answer to an earlier try
        }
    }

    private void onMapped(NatPmp.Response.Mapped response, long nowNs) {
        boolean isAwaited = (stage == Stage.ASKING || stage == Stage.MAPPED) && retries.isRunning();
        if (!isAwaited) {
            return; // unasked, or late
        }
        if (response.result() != NatPmp.OK) {
            refuse("it refused: " + result(response.result()));
        } else if (response.internalPort() == port && response.lifetimeSeconds() > 0) {
            if (response.externalPort() == 0 || response.lifetimeSeconds() < Lease.LEAST_SECONDS) {
                refuse("it granted port " + response.externalPort() + " for " + response.lifetimeSeconds() + " s");
                return;
            }
            retries.stop();
            wantedPort = response.externalPort();
            lease.grant(Endpoint.v4(address, wantedPort), response.lifetimeSeconds(), nowNs);
            stage = Stage.MAPPED;
            watch.set(nowNs + WATCH_NS);
        }
    }

    private static String result(int result) {
        return switch (result) {
            case NatPmp.NOT_AUTHORIZED -> "not authorized, or switched off";
            case NatPmp.NETWORK_FAILURE -> "it has no address outside";
            case NatPmp.OUT_OF_RESOURCES -> "out of resources";
            default -> "result " + result;
        };
    }

    @Override
    public void onTime(long nowNs) {
        if (retries.take(nowNs)) {
            if (!retries.isOver()) {
                actions.add(new PortMapAction.Send(request));
            } else if (stage == Stage.SEARCHING) {
                stage = Stage.ABSENT;
            } else if (stage == Stage.ASKING) {
                refuse("it does not answer");
            } // else the lease goes on, and is asked for again
        }
        if (stage == Stage.MAPPED && lease.isOver(nowNs)) {
            refuse("the mapping ended, and it does not answer");
        } else if (stage == Stage.MAPPED && lease.isRenewalDue(nowNs)) {
            lease.onUnanswered(nowNs);
            ask(NatPmp.mapRequest(port, wantedPort, Lease.WANTED_SECONDS), nowNs);
        } else if (stage == Stage.MAPPED && watch.take(nowNs)) {
            watch.set(nowNs + WATCH_NS);
            actions.add(new PortMapAction.Send(NatPmp.addressRequest()));
        }
    }

    @Override
    public long leftNs(long nowNs) {
        return Math.min(watch.leftNs(nowNs), Math.min(retries.leftNs(nowNs), lease.leftNs(nowNs)));
    }
}
