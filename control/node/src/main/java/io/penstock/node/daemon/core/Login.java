package io.penstock.node.daemon.core;

import io.penstock.node.api.UpEvent;
import org.jspecify.annotations.Nullable;

/** How a node stands with the login that its key needs: whether one is waited for, and whether somebody asked for another key. */
final class Login {
    private UpEvent.@Nullable LoginNeeded needed;
    private boolean isKeyExpired;
    private boolean isRenewing;
    private String authKey = ""; // for the key that is being made

    /** Where the user has to log in, or null. */
    @Nullable String url() {
        return needed == null ? null : needed.url();
    }

    /** What the user has to do to log in, or null. */
    UpEvent.@Nullable LoginNeeded needed() {
        return needed;
    }

    boolean isKeyExpired() {
        return isKeyExpired;
    }

    /** Whether somebody has asked for another key, and it is not there yet. */
    boolean isRenewing() {
        return isRenewing;
    }

    /** The key of the operator that lets the next key in, once; empty for none. */
    String takeAuthKey() {
        String taken = authKey;
        authKey = "";
        return taken;
    }

    /** Somebody asks for another key; a URL of before is not good for that. */
    void renew(String withAuthKey) {
        isRenewing = true;
        authKey = withAuthKey;
        needed = null;
    }

    void onNeeded(UpEvent.LoginNeeded what) {
        needed = what;
    }

    void onExpired(boolean isExpired) {
        isKeyExpired = isExpired;
    }

    /**
     * A key is registered.
     *
     * @param isAnother whether it is another one than before
     */
    void onRegistered(boolean isAnother) {
        needed = null;
        isKeyExpired = false;
        isRenewing &= !isAnother;
    }

    /** The coordinator wants no other key, and is not asked again; true if one was asked for. */
    boolean onRefused() {
        boolean was = isRenewing;
        isRenewing = false;
        return was;
    }

    /** Nothing is asked of a coordinator any more. */
    void end() {
        needed = null;
        isRenewing = false;
        authKey = "";
    }
}
