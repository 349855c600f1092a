package io.penstock.engine.uapi;

import io.penstock.engine.uapi.Snapshot.Item;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** Writes down what a session asks for, and answers as the test says. */
final class RecordingConfiguration implements Configuration {
    /** One line for each change; keys in hexadecimal, copied before the session wipes them. */
    final List<String> changes = new ArrayList<>();

    final List<Integer> batchSizes = new ArrayList<>();
    final List<Secret> secrets = new ArrayList<>();

    /** What the next get replies, and what it ends with. */
    Item.Interface own = new Item.Interface(null, 0, 0);

    int readStatus;

    /** The first change whose line contains this fails. */
    String refused = "\0";

    int refusal = -98;

    @Override
    public int apply(PeerBlock block, List<Change> batch) {
        batchSizes.add(batch.size());
        for (Change change : batch) {
            String line = describe(change);
            if (line.contains(refused)) {
                return refusal;
            }
            changes.add(line);
        }
        return 0;
    }

    @Override
    public int read(Snapshot snapshot) {
        if (readStatus == 0) {
            snapshot.start(own, List.of());
        }
        return readStatus;
    }

    private String describe(Change change) {
        return switch (change) {
            case Change.PrivateKey c -> "PrivateKey " + copy(c.key());
            case Change.RenewedPrivateKey c -> "RenewedPrivateKey " + copy(c.key());
            case Change.PresharedKey c -> "PresharedKey " + copy(c.key());
            case Change.SelectPeer c -> "SelectPeer " + c.key().toHex();
            case Change.ListenPort c -> "ListenPort " + c.port();
            case Change.Fwmark c -> "Fwmark " + Integer.toUnsignedString(c.mark());
            case Change.ReplacePeers c -> "ReplacePeers";
            case Change.Remove c -> "Remove";
            case Change.UpdateOnly c -> "UpdateOnly";
            case Change.RenewKey c -> "RenewKey " + c.successor().toHex();
            case Change.SetEndpoint c -> "SetEndpoint " + c.endpoint();
            case Change.ManageEndpoint c -> "ManageEndpoint";
            case Change.PersistentKeepalive c -> "PersistentKeepalive " + c.seconds();
            case Change.ReplaceAllowedIps c -> "ReplaceAllowedIps";
            case Change.AddAllowedIp c -> "AddAllowedIp " + c.prefix();
            case Change.RemoveAllowedIp c -> "RemoveAllowedIp " + c.prefix();
            case Change.EndOfPeer c -> "EndOfPeer";
        };
    }

    private String copy(Secret secret) {
        secrets.add(secret);
        return HexFormat.of().formatHex(secret.bytes());
    }
}
