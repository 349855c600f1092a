package io.penstock.node.coordination.core;

import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.message.Hostinfo;
import io.penstock.protocol.message.RegisterAuth;
import io.penstock.protocol.message.RegisterRequest;
import io.penstock.protocol.message.RegisterResponse;
import java.time.Instant;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Which key a node has, which it wants to have, and what it asks to get there. */
final class Registration {
    private static final int MAX_URL_LENGTH = 4096;
    private static final Pattern CODE = Pattern.compile("[A-Z0-9-]{4,20}");

    private final NodeSettings settings;
    private String authKey;
    private NodeKey wanted;
    private NodeKey replaced = NodeKey.ZERO; // good until it expired
    private @Nullable NodeKey registered;
    private String followup = "";
    private String codeUrl = "";
    private String code = "";
    private boolean leaving;
    private @Nullable NodeKey untried; // the next key of before a restart

    /** What an answer means. */
    enum Step {
        /** The wanted key is registered. */
        DONE,
        /** The user has to log in, at {@link #followup}. */
        LOGIN,
        /** The login goes on. */
        WAIT,
        /** The key is good no more. */
        EXPIRED,
        /** The answer was no. */
        REFUSED,
        /** The node has left. */
        LEFT,
        /** The answer makes no sense. */
        BROKEN
    }

    Registration(NodeSettings settings) {
        this.settings = settings;
        wanted = settings.nodeKey();
        authKey = settings.authKey();
        untried = settings.nextKey();
    }

    /** The key under which there are maps, or null. */
    @Nullable NodeKey registered() {
        return registered;
    }

    NodeKey wanted() {
        return wanted;
    }

    String followup() {
        return followup;
    }

    /** What the user has to do, while {@link #isFollowing}. */
    CoordinationEvent.LoginNeeded login() {
        return new CoordinationEvent.LoginNeeded(followup, codeUrl, code);
    }

    boolean isNeeded() {
        return leaving || !wanted.equals(registered);
    }

    boolean isLeaving() {
        return leaving;
    }

    /** Whether a login is waited for. */
    boolean isFollowing() {
        return !followup.isEmpty() && !leaving;
    }

    /** The key that let the node in may be spent: another one, or somebody who logs in, has to let it in again. */
    void rotateTo(NodeKey key, String newAuthKey) {
        untried = null;
        authKey = newAuthKey;
        if (key.equals(registered)) { // back to what is good
            replaced = NodeKey.ZERO;
        } else if (registered != null) {
            replaced = registered;
        } else if (!key.equals(wanted)) {
            replaced = wanted;
        }
        wanted = key;
        followup = "";
    }

    /**
     * The key is not known any more, or its user would have to log in: perhaps because the next one is the node's since before a restart.
     * True, once, if that is to be asked for.
     */
    boolean tryNext() {
        NodeKey next = untried;
        untried = null;
        if (next == null || leaving || next.equals(wanted)) {
            return false;
        }
        replaced = wanted;
        wanted = next;
        registered = null;
        followup = "";
        return true;
    }

    void leave() {
        leaving = true;
    }

    /** The coordinator does not know the key, whatever it said before. */
    void forget() {
        registered = null;
    }

    RegisterRequest request(Hostinfo hostinfo) {
        RegisterRequest.Builder request = RegisterRequest.builder()
                .version(settings.version())
                .hostinfo(hostinfo)
                .ephemeral(settings.ephemeral());
        if (leaving) {
            NodeKey key = registered == null ? wanted : registered;
            return request.nodeKey(key).expiry(Instant.EPOCH).build();
        }
        request.nodeKey(wanted).oldNodeKey(replaced).followup(followup);
        if (followup.isEmpty() && !authKey.isEmpty()) {
            request.auth(new RegisterAuth(authKey));
        }
        return request.build();
    }

    Step take(RegisterResponse response) {
        if (!response.error().isEmpty()) {
            followup = "";
            return Step.REFUSED;
        }
        if (leaving) {
            leaving = false;
            registered = null;
            return Step.LEFT;
        }
        if (response.nodeKeyExpired()) {
            registered = null;
            followup = "";
            return Step.EXPIRED;
        }
        if (!response.authUrl().isEmpty()) {
            return follow(response);
        }
        registered = wanted;
        replaced = NodeKey.ZERO;
        followup = "";
        authKey = ""; // or somebody who removed the node would see it come back by itself
        return Step.DONE;
    }

    private Step follow(RegisterResponse response) {
        String url = response.authUrl();
        if (url.equals(followup)) {
            return Step.WAIT;
        }
        if (!isForPeople(url)) {
            return Step.BROKEN;
        }
        followup = url;
        boolean hasCode = isForPeople(response.codeUrl())
                && CODE.matcher(response.userCode()).matches();
        codeUrl = hasCode ? response.codeUrl() : "";
        code = hasCode ? response.userCode() : "";
        return Step.LOGIN;
    }

    /** A URL that may be printed on a terminal and opened in a browser. */
    private static boolean isForPeople(String url) {
        return url.length() <= MAX_URL_LENGTH
                && (url.startsWith("https://") || url.startsWith("http://"))
                && url.chars().allMatch(c -> c > ' ' && c < 0x7f && c != '"' && c != '\'' && c != '\\' && c != '`');
    }
}
