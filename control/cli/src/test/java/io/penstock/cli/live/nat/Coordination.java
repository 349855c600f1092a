package io.penstock.cli.live.nat;

import io.penstock.cli.live.CoordinatorProgram;
import io.penstock.cli.live.Site;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The coordinator of the lab, with its relay and its STUN server; at a private address, since it speaks plain HTTP there only. */
final class Coordination implements AutoCloseable {
    private static final String ADDRESS = "172.31.0.254";
    private static final int PORT = 8480;

    /** Everybody may reach everybody: what does not get through is the routers' doing. */
    private static final String POLICY = """
            {
              "tagOwners": {"tag:gateway": ["autogroup:admin"]},
              "grants": [
                {"src": ["tag:gateway"], "dst": ["tag:gateway"], "ip": ["*"]},
                {"src": ["tag:gateway", "192.168.0.0/16"], "dst": ["192.168.0.0/16"], "ip": ["*"]},
              ],
              "autoApprovers": {"routes": {"192.168.0.0/16": ["tag:gateway"]}},
            }""";

    final CoordinatorProgram program;
    final String authKey;

    Coordination(Site site, Path folder) throws IOException {
        site.ip("addr add " + ADDRESS + "/32 dev lo");
        program = CoordinatorProgram.startIn(site, folder.resolve("coordinator"), ADDRESS + ":" + PORT);
        program.need(
                "policy",
                "set",
                Files.writeString(folder.resolve("policy.hujson"), POLICY).toString());
        authKey = program.need("keys", "create", "--reusable", "--tags", "tag:gateway", "--quiet")
                .strip();
    }

    @Override
    public void close() throws IOException {
        program.close();
    }
}
