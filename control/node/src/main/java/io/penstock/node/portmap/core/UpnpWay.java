package io.penstock.node.portmap.core;

import io.penstock.node.core.Deadline;
import io.penstock.protocol.portmap.IgdAction;
import io.penstock.protocol.portmap.IgdDescription;
import io.penstock.protocol.portmap.IgdDescription.Service;
import io.penstock.protocol.portmap.MalformedDescriptionException;
import io.penstock.protocol.portmap.Ssdp;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.Entropy;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * UPnP IGD: search, description, calls. Only the gateway itself is spoken to: whatever host a description names, requests go to
 * the gateway's address. One request is under way at a time.
 */
final class UpnpWay implements Way {
    static final long SEARCH_NS = 3_000_000_000L;
    static final int SEARCHES = 3;

    /** A router that has forgotten a mapping does not tell: it is asked for it again this often. */
    static final long RENEWAL_NS = 600_000_000_000L;

    private static final int MAX_LOCATIONS = 4;
    private static final int PORT_TRIES = 4;
    private static final int FIRST_PORT = 1024; // those below are not for everybody
    private static final String DESCRIPTION = "penstock";

    /** What a request that is under way is for. */
    private enum Step {
        NONE,
        DESCRIPTION,
        ADDRESS,
        ADD,
        DELETE
    }

    private final int gateway;
    private final int own;
    private final Entropy entropy;
    private final LongSupplier numbers;
    private final Queue<PortMapAction> actions;
    private final Deadline nextSearch = new Deadline();
    private final Deadline searchEnd = new Deadline();
    private final Deadline renewal = new Deadline();
    private final Set<URI> seen = new HashSet<>();
    private final Deque<URI> locations = new ArrayDeque<>();
    private final List<Service> services = new ArrayList<>();
    private Stage stage = Stage.SEARCHING;
    private String refusal = "";
    private URI location = URI.create("http://gateway/"); // of the description that was asked for last
    private int searches;
    private Step step = Step.NONE;
    private long number;
    private int serviceIndex;
    private int address;
    private int port;
    private int externalPort;
    private int portTries;
    private boolean isPermanent;
    private boolean isConfirming; // a mapping that there is
    private @Nullable Endpoint external;

    /**
     * Both addresses are IPv4.
     *
     * @param numbers gives a new one for each request
     */
    UpnpWay(int gateway, int own, Entropy entropy, LongSupplier numbers, Queue<PortMapAction> actions) {
        this.numbers = numbers;
        this.gateway = gateway;
        this.own = own;
        this.entropy = entropy;
        this.actions = actions;
    }

    @Override
    public PortMapKind kind() {
        return PortMapKind.UPNP;
    }

    @Override
    public Stage stage() {
        return stage;
    }

    @Override
    public @Nullable Endpoint external() {
        return stage == Stage.MAPPED ? external : null;
    }

    @Override
    public String refusal() {
        return refusal;
    }

    @Override
    public void search(long nowNs) {
        searchEnd.set(nowNs + SEARCH_NS);
        sendSearch(nowNs);
    }

    private void sendSearch(long nowNs) {
        Ssdp.searches().forEach(datagram -> actions.add(new PortMapAction.Search(datagram)));
        searches++;
        if (searches < SEARCHES) {
            nextSearch.set(nowNs + Retries.FIRST_NS * 2 * searches);
        }
    }

    /** From the gateway, to a search. */
    void onDevice(Ssdp.Device device) {
        URI place = atGateway(device.location());
        if (stage != Stage.SEARCHING || place == null || seen.size() >= MAX_LOCATIONS || !seen.add(place)) {
            return;
        }
        if (device.isGateway()) {
            locations.addFirst(place);
        } else {
            locations.addLast(place);
        }
        fetchNext();
    }

    /** The same place at the gateway's own address; null if there can be none. */
    private @Nullable URI atGateway(URI uri) {
        try {
            String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
            int at = uri.getPort() < 0 ? 80 : uri.getPort();
            String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
            return new URI("http://" + ExternalAddress.text(gateway) + ":" + at + path + query);
        } catch (URISyntaxException e) {
            return null; // of one device; others may have a place
        }
    }

    private void fetchNext() {
        if (step == Step.NONE && stage == Stage.SEARCHING && !locations.isEmpty()) {
            location = locations.removeFirst();
            request(Step.DESCRIPTION, location, null);
        }
    }

    private void request(Step what, URI uri, @Nullable IgdAction call) {
        step = what;
        number = numbers.getAsLong();
        actions.add(new PortMapAction.Request(number, uri, call));
    }

    private void call(Step what, IgdAction call) {
        URI uri = atGateway(service().control());
        if (uri == null) {
            nextService("its service has no place");
        } else {
            request(what, uri, call);
        }
    }

    private Service service() {
        return services.get(serviceIndex);
    }

    @Override
    public void map(int internalPort, long nowNs) {
        port = internalPort;
        externalPort = internalPort >= FIRST_PORT ? internalPort : randomPort();
        portTries = 1;
        serviceIndex = 0;
        isPermanent = false;
        isConfirming = false;
        stage = Stage.ASKING;
        call(Step.ADDRESS, IgdAction.externalAddress(service().type()));
    }

    private int randomPort() {
        return FIRST_PORT + Integer.remainderUnsigned(entropy.nextInt(), 0x10000 - FIRST_PORT);
    }

    @Override
    public void release() {
        boolean mayBeMapped = stage == Stage.MAPPED || (stage == Stage.ASKING && step == Step.ADD);
        if (mayBeMapped) {
            URI uri = atGateway(service().control());
            if (uri != null) {
                request(Step.DELETE, uri, IgdAction.delete(service().type(), externalPort));
            }
        }
        if (stage.compareTo(Stage.THERE) > 0) {
            stage = Stage.THERE;
        }
        external = null;
        renewal.clear();
    }

    private void refuse(String why) {
        stage = Stage.REFUSED;
        refusal = why;
        external = null;
        renewal.clear();
    }

    private void nextService(String why) {
        if (isConfirming || serviceIndex + 1 >= services.size()) {
            refuse(why);
            return;
        }
        serviceIndex++;
        call(Step.ADDRESS, IgdAction.externalAddress(service().type()));
    }

    /**
     * What came of a request.
     *
     * @param status of HTTP; 0 if there was no answer
     */
    void onHttp(long of, int status, byte[] body, long nowNs) {
        if (of != number || step == Step.NONE) {
            return; // of a request that nobody waits for any more
        }
        Step done = step;
        step = Step.NONE;
        try {
            switch (done) {
                case DESCRIPTION -> onDescription(status, body);
                case ADDRESS -> onAddress(status, body);
                case ADD -> onAdded(status, body, nowNs);
                case NONE, DELETE -> {} // it may have been gone before
            }
        } catch (MalformedDescriptionException e) {
            if (done == Step.ADDRESS || done == Step.ADD) {
                nextService("what it answers cannot be read");
            }
        }
        fetchNext();
    }

    private void onDescription(int status, byte[] body) throws MalformedDescriptionException {
        if (stage != Stage.SEARCHING || status != 200) {
            return;
        }
        services.addAll(IgdDescription.parse(body, location));
        if (!services.isEmpty()) {
            stage = Stage.THERE;
            locations.clear();
            nextSearch.clear();
            searchEnd.clear();
        }
    }

    private void onAddress(int status, byte[] body) throws MalformedDescriptionException {
        if (stage != Stage.ASKING && stage != Stage.MAPPED) {
            return;
        }
        if (status == 0) {
            nextService("it does not answer");
            return;
        }
        IgdAction.Answer answer = IgdAction.parse(body);
        address = answer.error() == 0 ? ExternalAddress.parse(answer.result("NewExternalIPAddress")) : 0;
        String problem = ExternalAddress.problem(address);
        if (problem == null) {
            add();
        } else {
            nextService(problem);
        }
    }

    private void add() {
        call(
                Step.ADD,
                IgdAction.add(
                        service().type(),
                        service().canChoosePort() && !isPermanent,
                        externalPort,
                        port,
                        ExternalAddress.text(own),
                        DESCRIPTION,
                        isPermanent ? 0 : Lease.WANTED_SECONDS));
    }

    private void onAdded(int status, byte[] body, long nowNs) throws MalformedDescriptionException {
        if (stage != Stage.ASKING && stage != Stage.MAPPED) {
            return;
        }
        if (status == 0) {
            nextService("it does not answer");
            return;
        }
        IgdAction.Answer answer = IgdAction.parse(body);
        switch (answer.error()) {
            case 0 -> {
                int chosen = chosenPort(answer.result("NewReservedPort"));
                externalPort = chosen == 0 ? externalPort : chosen;
                external = Endpoint.v4(address, externalPort);
                stage = Stage.MAPPED;
                isConfirming = true;
                renewal.set(nowNs + RENEWAL_NS);
            }
            case IgdAction.ONLY_PERMANENT_LEASES, IgdAction.INVALID_ARGUMENTS -> {
                if (isPermanent) {
                    nextService("it refused: error " + answer.error());
                } else {
                    isPermanent = true;
                    add();
                }
            }
            case IgdAction.CONFLICT -> {
                if (portTries >= PORT_TRIES) {
                    nextService("other hosts have the ports that were tried");
                } else {
                    portTries++;
                    externalPort = randomPort();
                    add();
                }
            }
            default -> nextService("it refused: error " + answer.error());
        }
    }

    private static int chosenPort(String text) {
        int chosen = text.matches("\\d{1,5}") ? Integer.parseInt(text) : 0;
        return chosen <= 0xffff ? chosen : 0;
    }

    @Override
    public void onTime(long nowNs) {
        if (nextSearch.take(nowNs)) {
            sendSearch(nowNs);
        }
        if (searchEnd.isDue(nowNs) && stage == Stage.SEARCHING && step == Step.NONE) {
            searchEnd.clear();
            stage = Stage.ABSENT;
        }
        if (renewal.take(nowNs)) {
            renewal.set(nowNs + RENEWAL_NS);
            if (step == Step.NONE) {
                portTries = 1;
                call(Step.ADDRESS, IgdAction.externalAddress(service().type()));
            }
        }
    }

    @Override
    public long leftNs(long nowNs) {
        long searchLeftNs = step == Step.NONE ? searchEnd.leftNs(nowNs) : Long.MAX_VALUE;
        return Math.min(renewal.leftNs(nowNs), Math.min(nextSearch.leftNs(nowNs), searchLeftNs));
    }
}
