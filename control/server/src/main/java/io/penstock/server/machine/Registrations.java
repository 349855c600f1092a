package io.penstock.server.machine;

import io.penstock.protocol.json.GoTime;
import io.penstock.protocol.key.MachineKey;
import io.penstock.protocol.message.Hostinfo;
import io.penstock.protocol.message.Login;
import io.penstock.protocol.message.RegisterRequest;
import io.penstock.protocol.message.RegisterResponse;
import io.penstock.server.model.IpAddress;
import io.penstock.server.model.JoinRequest;
import io.penstock.server.model.Node;
import io.penstock.server.model.Owner;
import io.penstock.server.model.RegistrationRequest;
import io.penstock.server.model.Tags;
import io.penstock.server.model.User;
import io.penstock.server.registry.NodeRegistry;
import io.penstock.server.registry.Registration;
import io.penstock.server.store.Store;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Registers nodes: from the protocol's request to its answer. Each call is the store's work. Thread-safe. */
public final class Registrations {
    /** What comes of a request. */
    public sealed interface Outcome {
        record Answer(RegisterResponse response) implements Outcome {}

        /** Nobody has decided yet: ask the same again when this request is decided, or at its end. */
        record Wait(JoinRequest request) implements Outcome {}
    }

    private final Store store;
    private final NodeRegistry registry;
    private final LoginLinks links;
    private final Told told;
    private final MachineCounters counters;

    public Registrations(Store store, NodeRegistry registry, LoginLinks links, MachineCounters counters) {
        this.store = store;
        this.registry = registry;
        this.links = links;
        this.counters = counters;
        told = new Told(counters);
    }

    /**
     * Registers the node of a machine.
     *
     * @param machine proved by the connection's handshake
     * @param from where the connection comes from
     */
    public Outcome register(MachineKey machine, RegisterRequest request, InetAddress from) {
        if (request.nodeKey().isZero()) {
            return refused("a node registers with a key of its own");
        }
        Tags wanted;
        try {
            wanted = wanted(request.hostinfo());
        } catch (IllegalArgumentException e) {
            return refused("the tags that this node asks for are none, or too many");
        }
        RegistrationRequest asked = new RegistrationRequest(
                machine,
                request.nodeKey(),
                told.host(request.hostinfo(), request.version()),
                wanted,
                request.ephemeral(),
                authKey(request),
                request.followup().isEmpty() ? null : LoginLinks.secretOf(request.followup()),
                expiry(request),
                address(from));
        return switch (registry.register(asked)) {
            case Registration.Joined joined -> new Outcome.Answer(joined(joined.node()));
            case Registration.LoginNeeded needed ->
                answer(RegisterResponse.builder()
                        .authUrl(links.of(needed.link()))
                        .codeUrl(links.codePage())
                        .userCode(needed.code().reveal()));
            case Registration.Waiting waiting -> new Outcome.Wait(waiting.request());
            case Registration.KeyExpired expired ->
                answer(RegisterResponse.builder().nodeKeyExpired(true));
            case Registration.LoggedOut out -> answer(RegisterResponse.builder().nodeKeyExpired(true));
            case Registration.Refused refused -> refused(refused.detail());
        };
    }

    /** Whether the request could end with a new link for somebody to open: it has no key, and its node is not known. */
    public boolean mayNeedLink(RegisterRequest request) {
        return authKey(request) == null
                && store.read(tx -> tx.nodes().find(request.nodeKey())).isEmpty();
    }

    private static Tags wanted(@Nullable Hostinfo info) {
        return info == null || info.requestTags().isEmpty() ? Tags.NONE : Tags.of(info.requestTags());
    }

    private static @Nullable String authKey(RegisterRequest request) {
        return request.auth() == null || request.auth().authKey().isEmpty()
                ? null
                : request.auth().authKey();
    }

    private static @Nullable Instant expiry(RegisterRequest request) {
        return request.expiry().equals(GoTime.ZERO) ? null : request.expiry();
    }

    private static IpAddress address(InetAddress from) {
        ByteBuffer bytes = ByteBuffer.wrap(from.getAddress());
        return bytes.remaining() == 4
                ? new IpAddress(false, 0, Integer.toUnsignedLong(bytes.getInt()))
                : new IpAddress(true, bytes.getLong(), bytes.getLong());
    }

    private Outcome refused(String why) {
        counters.refusals.increment();
        return answer(RegisterResponse.builder().error(why));
    }

    private static Outcome answer(RegisterResponse.Builder response) {
        return new Outcome.Answer(response.build());
    }

    private RegisterResponse joined(Node node) {
        RegisterResponse.Builder response = RegisterResponse.builder().machineAuthorized(true);
        return switch (node.owner()) {
            case Owner.OfTags tagged ->
                named(response, Owner.TAGGED_USER_ID, Owner.TAGGED_USER_NAME, Owner.TAGGED_USER_NAME, node.created());
            case Owner.OfUser of -> {
                User user = store.read(tx -> tx.users().find(node.domainId(), of.userId()))
                        .orElseThrow();
                yield named(response, user.id(), user.loginName(), user.displayName(), user.created());
            }
        };
    }

    private static RegisterResponse named(
            RegisterResponse.Builder response, long id, String loginName, String displayName, Instant created) {
        return response.user(new io.penstock.protocol.message.User(id, displayName, "", created))
                .login(new Login(id, "", loginName, displayName, ""))
                .build();
    }
}
