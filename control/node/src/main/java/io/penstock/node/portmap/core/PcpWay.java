package io.penstock.node.portmap.core;

import io.penstock.node.core.Deadline;
import io.penstock.protocol.portmap.Pcp;
import io.penstock.protocol.portmap.PcpNonce;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.Entropy;
import java.nio.ByteBuffer;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/** PCP, RFC 6887. */
final class PcpWay implements Way {
    private static final int TRIES = 4;

    private final Queue<PortMapAction> actions;
    private final int own;
    private final PcpNonce nonce;
    private final Retries retries = new Retries(TRIES);
    private final Deadline watch = new Deadline();
    private final Epoch epoch = new Epoch();
    private final Lease lease = new Lease();
    private Stage stage = Stage.SEARCHING;
    private String refusal = "";
    private byte[] request = new byte[0];
    private int port;
    private int wantedPort;
    private int wantedAddress;

    /** @param own the IPv4 address that the gateway knows us by */
    PcpWay(int own, Entropy entropy, Queue<PortMapAction> actions) {
        this.actions = actions;
        this.own = own;
        byte[] random = new byte[12];
        entropy.fill(random);
        ByteBuffer bits = ByteBuffer.wrap(random);
        nonce = new PcpNonce(bits.getLong(), bits.getInt());
    }

    @Override
    public PortMapKind kind() {
        return PortMapKind.PCP;
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
        ask(Pcp.announceRequest(own), nowNs);
    }

    @Override
    public void map(int internalPort, long nowNs) {
        port = internalPort;
        wantedPort = internalPort;
        wantedAddress = 0;
        stage = Stage.ASKING;
        askForMapping(nowNs);
    }

    private void askForMapping(long nowNs) {
        ask(Pcp.mapRequest(own, nonce, port, wantedPort, wantedAddress, Lease.WANTED_SECONDS), nowNs);
    }

    @Override
    public void release() {
        if (stage == Stage.MAPPED || stage == Stage.ASKING) {
            actions.add(new PortMapAction.Send(Pcp.mapRequest(own, nonce, port, wantedPort, wantedAddress, 0)));
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

    /** The gateway speaks another version. */
    void onVersionRefused() {
        if (stage == Stage.SEARCHING) {
            stage = Stage.ABSENT;
            retries.stop();
        }
    }

    /** From the gateway. */
    void onResponse(Pcp.Response response, long nowNs) {
        if (response.result() == Pcp.UNSUPPORTED_VERSION) {
            onVersionRefused();
            return;
        }
        boolean isLost = response.result() == Pcp.OK && epoch.isLost(response.epochSeconds(), nowNs);
        switch (response) {
            case Pcp.Response.Announce announce -> {
                if (stage == Stage.SEARCHING) {
                    retries.stop();
                    stage = Stage.THERE;
                    if (announce.result() != Pcp.OK) {
                        refuse("it refused: " + result(announce.result()));
                    }
                }
            }
            case Pcp.Response.Mapped mapped -> onMapped(mapped, nowNs);
        }
        if (isLost && stage == Stage.MAPPED) {
            askForMapping(nowNs);
        }
    }

    private void onMapped(Pcp.Response.Mapped response, long nowNs) {
        boolean isAwaited = (stage == Stage.ASKING || stage == Stage.MAPPED) && retries.isRunning();
        if (!isAwaited || !nonce.equals(response.nonce()) || response.internalPort() != port) {
            return; // unasked, late, or forged
        }
        if (response.result() != Pcp.OK) {
            refuse("it refused: " + result(response.result()));
            return;
        }
        if (response.lifetimeSeconds() == 0) {
            return; // of the end of an earlier mapping
        }
        String problem = ExternalAddress.problem(response.externalAddress());
        if (problem != null) {
            release();
            refuse(problem);
        } else if (response.externalPort() == 0 || response.lifetimeSeconds() < Lease.LEAST_SECONDS) {
            refuse("it granted port " + response.externalPort() + " for " + response.lifetimeSeconds() + " s");
        } else {
            retries.stop();
            wantedPort = response.externalPort();
            wantedAddress = response.externalAddress();
            lease.grant(Endpoint.v4(wantedAddress, wantedPort), response.lifetimeSeconds(), nowNs);
            stage = Stage.MAPPED;
            watch.set(nowNs + NatPmpWay.WATCH_NS);
        }
    }

    private static String result(int result) {
        return switch (result) {
            case Pcp.NOT_AUTHORIZED -> "not authorized, or switched off";
            case Pcp.NETWORK_FAILURE -> "it has no address outside";
            case Pcp.NO_RESOURCES -> "out of resources";
            case Pcp.QUOTA -> "this host has too many mappings";
            case Pcp.CANNOT_PROVIDE_EXTERNAL -> "it cannot give that port";
            case Pcp.ADDRESS_MISMATCH -> "it is behind another router from here";
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
            askForMapping(nowNs);
        } else if (stage == Stage.MAPPED && watch.take(nowNs)) {
            watch.set(nowNs + NatPmpWay.WATCH_NS);
            actions.add(new PortMapAction.Send(Pcp.announceRequest(own)));
        }
    }

    @Override
    public long leftNs(long nowNs) {
        return Math.min(watch.leftNs(nowNs), Math.min(retries.leftNs(nowNs), lease.leftNs(nowNs)));
    }
}
