package io.penstock.cli.live.guest;

import io.penstock.cli.live.Host;
import io.penstock.cli.live.Shell;
import io.penstock.cli.live.Site;
import io.penstock.cli.live.Underlay;
import java.util.List;

/** A network card of the guest, the end of its cable on this side, and a line for commands. Both ends rest in the first namespaces. */
record GuestPort(Guest guest, int number, CommandLine line) {
    /** The name of the cable's end on our side, unique in this machine. */
    static String tap(int number) {
        return "ptg" + Long.toString(ProcessHandle.current().pid(), 36) + "x" + number;
    }

    private String card() {
        return "eth" + number;
    }

    /** Plugs the cable into a site on our side, and a namespace of that name into the card. */
    void plugIn(Site left, String namespace) {
        move(guest.site(), tap(number), left.name(), Underlay.CABLE);
        line.run("/bin/ip netns add " + namespace + " && /bin/ip -n " + namespace + " link set lo up")
                .mustSucceed();
        line.run("/bin/ip link set " + card() + " netns " + namespace + " name " + Underlay.CABLE)
                .mustSucceed();
    }

    /** Undoes that, so that the next one finds the port as this one did. */
    void pullOut(Site left, String namespace) {
        move(left, Underlay.CABLE, guest.site().name(), tap(number));
        String ip = "/bin/ip -n " + namespace;
        line.run(ip + " link set " + Underlay.CABLE + " down && " + ip + " link set " + Underlay.CABLE
                        + " netns 1 name " + card() + " && /bin/ip netns del " + namespace)
                .mustSucceed();
        guest.giveBack(this);
    }

    private static void move(Host from, String link, String to, String newName) {
        from.ip("link set " + link + " down");
        from.ip("link set " + link + " netns " + to + " name " + newName);
    }

    Shell.Outcome run(String namespace, List<String> command) {
        StringBuilder words = new StringBuilder("/bin/ip netns exec ").append(namespace);
        for (String word : command) {
            words.append(" '").append(word.replace("'", "'\\''")).append('\'');
        }
        return line.run(words.toString());
    }
}
