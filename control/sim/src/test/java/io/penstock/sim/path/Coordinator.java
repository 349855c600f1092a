package io.penstock.sim.path;

import io.penstock.protocol.message.Node;
import io.penstock.sim.Dice;
import io.penstock.sim.Timeline;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Tells each node where the others say they are: a while after they have said it, and when it is back if it was away. */
final class Coordinator {
    private static final long LEAST_NS = 20 * Timeline.MS;
    private static final long MOST_NS = 500 * Timeline.MS;

    private final PathWorld world;
    private final Dice dice;
    private final Set<PathNode> reported = new LinkedHashSet<>(); // and not yet taken
    private boolean isAway;
    private boolean isTelling;

    Coordinator(PathWorld world, Dice dice) {
        this.world = world;
        this.dice = dice;
    }

    void setAway(boolean away) {
        isAway = away;
        tellSoon();
    }

    /** A node has told something else, or has come. */
    void onReport(PathNode node) {
        reported.add(node);
        tellSoon();
    }

    private void tellSoon() {
        if (isAway || isTelling || reported.isEmpty()) {
            return;
        }
        isTelling = true;
        world.after(dice.between(LEAST_NS, MOST_NS), () -> {
            isTelling = false;
            if (!isAway) {
                tell();
            }
        });
    }

    private void tell() {
        reported.forEach(node -> node.toldCoordinator = node.status);
        reported.clear();
        List<Node> all = world.nodes.stream()
                .filter(node -> node.isRunning)
                .map(Maps::node)
                .toList();
        for (PathNode node : world.nodes) {
            if (node.isRunning) {
                List<Node> peers = new ArrayList<>(all);
                peers.removeIf(peer -> peer.key().equals(node.key));
                node.onMap(Maps.map(Maps.node(node), peers, world.relayMap()));
            }
        }
    }
}
