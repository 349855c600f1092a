package io.penstock.relay.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.protocol.key.NodeKey;
import io.penstock.wireguard.Endpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

class AdmissionCacheTest {
    private static final Endpoint SOURCE = Endpoint.v4(0x7f000001, 1);

    private final List<NodeKey> asked = new ArrayList<>();
    private CompletionStage<Boolean> answer = CompletableFuture.completedFuture(true);
    private long nowNs = Long.MAX_VALUE - 5; // which wraps
    private final AdmissionCache cache = new AdmissionCache(
            (key, source) -> {
                asked.add(key);
                return answer;
            },
            3,
            100,
            () -> nowNs);

    private boolean admits(int key) {
        return cache.admits(key(key), SOURCE).toCompletableFuture().join();
    }

    private static NodeKey key(int number) {
        byte[] bytes = new byte[32];
        bytes[0] = (byte) number;
        return NodeKey.of(bytes);
    }

    @Test
    void asksOnceUntilTheAdmissionIsOld() {
        assertTrue(admits(1));
        nowNs += 99;
        answer = CompletableFuture.completedFuture(false);
        assertTrue(admits(1));
        assertEquals(1, asked.size());
        nowNs += 1;
        assertFalse(admits(1));
        assertEquals(2, asked.size());
    }

    @Test
    void asksAgainAboutWhomItRefused() {
        answer = CompletableFuture.completedFuture(false);
        assertFalse(admits(1));
        answer = CompletableFuture.completedFuture(true);
        assertTrue(admits(1));
    }

    @Test
    void remembersNoFailure() {
        answer = CompletableFuture.failedFuture(new IllegalStateException("nobody there"));
        Assertions.assertThrows(CompletionException.class, () -> admits(1));
        answer = CompletableFuture.completedFuture(true);
        assertTrue(admits(1));
        assertEquals(2, asked.size());
    }

    @Test
    void forgetsTheOldestAndWhatItIsTold() {
        for (int key = 1; key <= 4; key++) {
            admits(key);
        }
        assertEquals(3, cache.size());
        admits(4);
        assertEquals(4, asked.size());
        admits(1);
        assertEquals(5, asked.size(), "which was the oldest");
        cache.forget(key(4));
        admits(4);
        assertEquals(6, asked.size());
    }
}
