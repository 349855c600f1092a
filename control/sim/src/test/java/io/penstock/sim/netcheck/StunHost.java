package io.penstock.sim.netcheck;

import io.penstock.protocol.stun.BindingRequest;
import io.penstock.protocol.stun.BindingResponse;
import io.penstock.protocol.stun.Change;
import io.penstock.sim.net.Addresses;
import io.penstock.sim.net.Datagram;
import io.penstock.sim.net.Host;
import io.penstock.sim.net.Internet;
import io.penstock.sim.net.Link;
import io.penstock.wireguard.Endpoint;
import java.nio.ByteBuffer;
import java.util.List;

/** A STUN server at the internet, with one address and port, or with two of each as RFC 5780 has it. */
final class StunHost {
    static final int PORT = 3478;
    static final int OTHER_PORT = 3479;

    private final Host host;
    private final List<Endpoint> addresses;

    private StunHost(Internet internet, Link link, List<Endpoint> addresses) {
        this.addresses = addresses;
        host = new Host(link, PORT, null);
        host.setReceiver(this::onDatagram);
        if (addresses.size() > 1) {
            host.open(OTHER_PORT, this::onDatagram);
        }
        host.plug(internet, addresses);
    }

    static StunHost plain(Internet internet, Link link, String address) {
        return new StunHost(internet, link, List.of(Addresses.parse(address)));
    }

    /** At two addresses of one family. */
    static StunHost pair(Internet internet, Link link, String first, String second) {
        return new StunHost(internet, link, List.of(Addresses.parse(first), Addresses.parse(second)));
    }

    private void onDatagram(Datagram datagram) {
        if (!(BindingRequest.parse(ByteBuffer.wrap(datagram.bytes()))
                instanceof BindingRequest.Received.Request request)) {
            return;
        }
        byte[] answer;
        Endpoint from = datagram.to();
        if (addresses.size() == 1) {
            answer = request.change() == Change.NOTHING
                    ? BindingResponse.encode(request.id(), datagram.from())
                    : BindingResponse.encodeUnchangeable(request.id());
        } else {
            Endpoint other = elsewhere(datagram.to(), Change.ADDRESS_AND_PORT);
            from = elsewhere(datagram.to(), request.change());
            answer = BindingResponse.encode(request.id(), datagram.from(), from, other);
        }
        host.sendFrom(from, datagram.from(), answer, answer.length);
    }

    private Endpoint elsewhere(Endpoint place, Change change) {
        boolean isFirst = Addresses.of(place).equals(addresses.getFirst());
        Endpoint address = addresses.get(isFirst == change.isOfAddress() ? 1 : 0);
        int port = change.isOfPort() ? PORT + OTHER_PORT - place.port() : place.port();
        return Addresses.withPort(address, port);
    }
}
