package io.penstock.server.web;

import io.penstock.protocol.json.Json;
import io.penstock.protocol.json.MalformedMessageException;
import io.penstock.protocol.message.Hostinfo;
import io.penstock.server.admin.DeviceOperations.Waiting;
import io.penstock.server.model.Host;
import io.penstock.server.model.IpAddress;
import io.penstock.server.model.JoinRequest;
import io.penstock.server.model.Node;
import io.penstock.server.web.Visit.Visitor;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What there is to know about a device that asks, first what the coordinator has seen itself, then what the device says, which may
 * be anything. Of one page.
 */
final class DeviceDetails {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss 'UTC'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private final List<Html> rows = new ArrayList<>();

    private DeviceDetails() {}

    /** @param browser where the request for the page comes from */
    static Html of(Waiting waiting, Visitor visitor, InetAddress browser) {
        DeviceDetails details = new DeviceDetails();
        JoinRequest request = waiting.request();
        details.said("Calls itself", request.host().name());
        details.said("System", system(request.host()));
        details.row("Asks from", Html.text(place(request.from(), address(browser))));
        details.row("Asked", time(request.created()), Html.text(ago(request.created(), waiting.now())));
        details.row("Joins", Html.text(visitor.domain().name() + ", " + whose(request, visitor)));
        Node known = waiting.known();
        details.row(
                "Known",
                Html.text(
                        known == null
                                ? "no, it is new to this domain"
                                : "yes, as " + known.name() + ", which logs in again"));
        if (request.ephemeral()) {
            details.row("Stays", Html.text("until it goes: it is forgotten half an hour after it was last here"));
        }
        details.row("Machine key", code(request.machineKey().toString()));
        details.row("Node key", code(request.nodeKey().toString()));
        return Html.of(Tag.DL, List.of(), details.rows);
    }

    private void row(String term, Html... description) {
        rows.add(Html.of(Tag.DT, term));
        rows.add(Html.of(Tag.DD, description));
    }

    private void said(String term, String text) {
        row(term, Html.of(Tag.BDI, text.isBlank() ? "(nothing)" : ForeignText.visible(text)));
    }

    private static Html code(String text) {
        return Html.of(Tag.CODE, text);
    }

    private static Html time(Instant at) {
        return Html.of(Tag.TIME, List.of(Attribute.datetime(at.toString())), TIME.format(at));
    }

    private static String ago(Instant at, Instant now) {
        long minutes = Duration.between(at, now).toMinutes();
        return minutes < 1 ? ", just now" : ", " + minutes + (minutes == 1 ? " minute ago" : " minutes ago");
    }

    private static String place(@Nullable IpAddress from, IpAddress browser) {
        if (from == null) {
            return "an address that was not noted";
        }
        return from.equals(browser) ? from + ", as this browser" : from + ", while this browser is at " + browser;
    }

    private static IpAddress address(InetAddress of) {
        ByteBuffer bytes = ByteBuffer.wrap(of.getAddress());
        return bytes.remaining() == 4
                ? new IpAddress(false, 0, Integer.toUnsignedLong(bytes.getInt()))
                : new IpAddress(true, bytes.getLong(), bytes.getLong());
    }

    private static String whose(JoinRequest request, Visitor visitor) {
        return request.wanted().isEmpty()
                ? "as a device of " + visitor.user().loginName()
                : "as nobody's, with " + request.wanted();
    }

    private static String system(Host host) {
        try {
            byte[] json = host.info().getBytes(StandardCharsets.UTF_8);
            Hostinfo info = Json.read(json, 4 * Host.MAX_INFO_LENGTH, Hostinfo.class);
            return Stream.of(info.os(), info.distro(), info.distroVersion(), info.osVersion(), info.machine())
                    .filter(part -> !part.isBlank())
                    .distinct()
                    .collect(Collectors.joining(" "));
        } catch (MalformedMessageException e) {
            return "told in a form that cannot be read";
        }
    }
}
