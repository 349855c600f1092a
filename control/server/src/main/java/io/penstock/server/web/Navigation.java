package io.penstock.server.web;

import io.penstock.server.admin.Permission;
import io.penstock.server.admin.Permission.Reach;
import io.penstock.server.web.Visit.Visitor;
import java.util.ArrayList;
import java.util.List;

/** The ways to the pages that somebody may see anything on. What they may see there is decided where it is asked for. Stateless. */
final class Navigation {
    private Navigation() {}

    static Html of(Visit visit, Visitor visitor) {
        List<Html> items = new ArrayList<>();
        items.add(item(visit, PagePath.HOME, "Devices"));
        if (visitor.may(Permission.NODES_READ, Reach.ALL)) {
            items.add(item(visit, PagePath.MACHINES, "Machines"));
        }
        if (visitor.may(Permission.USERS_READ, Reach.ALL)) {
            items.add(item(visit, PagePath.USERS, "Users"));
        }
        items.add(item(visit, PagePath.KEYS, "Keys"));
        if (visitor.may(Permission.POLICY_READ, Reach.ALL)) {
            items.add(item(visit, PagePath.POLICY, "Policy"));
        }
        items.add(item(visit, PagePath.FACTORS, "Security"));
        return Html.of(Tag.NAV, List.of(Attribute.label("Pages")), Html.of(Tag.UL, List.of(), items));
    }

    private static Html item(Visit visit, OwnPath path, String label) {
        boolean isHere = visit.request().path().equals(path.text());
        return Html.of(
                Tag.LI,
                Html.of(
                        Tag.A,
                        isHere ? List.of(Attribute.href(path), Attribute.currentPage()) : List.of(Attribute.href(path)),
                        label));
    }
}
