package io.penstock.server.web;

import io.penstock.server.admin.DeviceOperations;
import io.penstock.server.admin.DeviceOperations.CodeEntered;
import io.penstock.server.admin.NodeOperations;
import io.penstock.server.admin.Outcome;
import io.penstock.server.http.PageResponse;
import io.penstock.server.model.Node;
import io.penstock.server.web.Visit.Visitor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One's own devices, and where the code of a new one is typed in. Stateless. */
final class HomePage {
    private static final Field CODE = new Field(
            "user_code", "Code that the device shows", "Eight letters, such as BCDF-GHJK.", Field.Kind.TEXT, "off");

    private final Layout layout;
    private final DeviceOperations devices;
    private final NodeOperations nodes;
    private final RecoveryPage recovery;
    private final PageCounters counters;

    HomePage(
            Layout layout,
            DeviceOperations devices,
            NodeOperations nodes,
            RecoveryPage recovery,
            PageCounters counters) {
        this.layout = layout;
        this.devices = devices;
        this.nodes = nodes;
        this.recovery = recovery;
        this.counters = counters;
    }

    PageResponse show(Visit visit) {
        return visit.visitor()
                .map(visitor -> show(visit, visitor, 200, null))
                .orElseGet(() -> Layout.seeOther(visit.isHalfway() ? PagePath.FACTOR : PagePath.LOGIN));
    }

    /** For those who typed in this address; whoever is not signed in comes here behind that. */
    PageResponse showCode(Visit visit) {
        return visit.visitor()
                .map(visitor -> layout.page(visit, 200, "Let a device in", code(visit, null)))
                .orElseGet(() -> Layout.seeOther(visit.isHalfway() ? PagePath.FACTOR : PagePath.LOGIN));
    }

    private static Html code(Visit visit, @Nullable String fault) {
        return visit.form(PagePath.DEVICE_CODE)
                .field(CODE, "", fault, fault != null)
                .button("Show the device")
                .build();
    }

    private PageResponse show(Visit visit, Visitor visitor, int status, @Nullable String fault) {
        List<Html> content = new ArrayList<>();
        content.add(Html.of(
                Tag.P,
                "You are " + visitor.user().loginName() + ", " + visitor.user().role() + " of the domain "
                        + visitor.domain().name() + "."));
        content.addAll(recovery.hint(visitor));
        Outcome<List<Node>> all = nodes.list(visitor.caller(), visitor.domain().name());
        List<Node> own = all instanceof Outcome.Done<List<Node>> done
                ? done.value().stream()
                        .filter(node -> node.isOwnedBy(visitor.user().id()))
                        .toList()
                : List.of();
        content.add(Html.of(Tag.H2, "Your devices"));
        if (own.isEmpty()) {
            content.add(Html.of(Tag.P, "None yet."));
        } else {
            Grid grid = new Grid("Name", "Address", "Last here", "Key");
            own.forEach(node -> grid.row(
                    MachinesPage.link(node),
                    Html.text(node.v4().toString()),
                    Html.text(Times.ago(node.lastSeen(), visitor.now())),
                    MachinesPage.key(node, visitor.now())));
            content.add(grid.build());
        }
        content.add(Html.of(Tag.H2, "A new device"));
        content.add(
                Html.of(
                        Tag.P,
                        "A device that wants to join shows a link and a code. Open the link in this browser, or type in the code: then you see which device it is, and decide."));
        content.add(code(visit, fault));
        return layout.page(visit, status, "You are signed in", content.toArray(Html[]::new));
    }

    /** Takes a code. */
    PageResponse enter(Visit visit) {
        Optional<Visitor> visitor = visit.visitor();
        if (visitor.isEmpty()) {
            return Layout.seeOther(PagePath.LOGIN);
        }
        Outcome<CodeEntered> outcome =
                devices.enter(visitor.get().caller(), visitor.get().domain().name(), visit.field(CODE));
        if (!(outcome instanceof Outcome.Done<CodeEntered> done)) {
            return Refusals.page(layout, visit, outcome);
        }
        return switch (done.value()) {
            case CodeEntered.Link found -> Layout.seeOther(PagePath.device(found.link()));
            case CodeEntered.Unknown unknown -> {
                counters.wrongDeviceCodes.increment();
                yield layout.page(
                        visit,
                        422,
                        "Let a device in",
                        code(visit, "No device waits behind this code. It is good for fifteen minutes, and once."));
            }
            case CodeEntered.TooMany many -> {
                counters.wrongDeviceCodes.increment();
                yield layout.page(
                        visit,
                        429,
                        "Too many codes",
                        Html.of(
                                Tag.P,
                                "You have typed in too many codes that are none. Wait for fifteen minutes, or open the link that the"
                                        + " device shows."));
            }
        };
    }
}
