package io.penstock.server.api;

import io.penstock.server.admin.DnsOperations.SettingsChange;
import io.penstock.server.admin.Outcome;
import io.penstock.server.admin.Permission;
import io.penstock.server.model.DnsRecord;
import io.penstock.server.model.DnsSettings;
import io.penstock.server.model.Nameserver;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Names besides those of the nodes of a domain: its extra records, and whom its nodes ask. */
final class DnsRoutes {
    private static final String RECORDS = "/api/v1/domains/{domain}/dns-records";
    private static final String SETTINGS = "/api/v1/domains/{domain}/dns-settings";

    private DnsRoutes() {}

    /** Who is asked for the names that end in a suffix. */
    record SplitView(String suffix, List<String> nameservers) {}

    record SettingsView(List<String> nameservers, boolean overrideLocal, List<String> search, List<SplitView> split) {
        static SettingsView of(DnsSettings settings) {
            return new SettingsView(
                    texts(settings.nameservers()),
                    settings.overrideLocal(),
                    settings.search(),
                    settings.split().entrySet().stream()
                            .map(entry -> new SplitView(entry.getKey(), texts(entry.getValue())))
                            .toList());
        }

        private static List<String> texts(List<Nameserver> nameservers) {
            return nameservers.stream().map(Nameserver::text).toList();
        }
    }

    /** What is absent stays as it is; of {@code split} the suffixes that are not named, too. No nameservers forgets a suffix. */
    record ChangedSettings(
            @Nullable List<String> nameservers,
            @Nullable Boolean overrideLocal,
            @Nullable List<String> search,
            @Nullable List<SplitView> split) {}

    record RecordView(long id, String name, String type, String value) {
        static RecordView of(DnsRecord record) {
            return new RecordView(record.id(), record.name(), record.type(), record.value());
        }
    }

    record NewRecord(String name, String type, String value) {}

    record Removed(long id) {}

    static List<Route> routes() {
        return List.of(
                Route.get(
                        SETTINGS,
                        Permission.DNS_READ,
                        SettingsView.class,
                        "Shows whom nodes ask for names that are not their domain's",
                        call -> call.administration()
                                .dns()
                                .settings(call.caller(), call.domain())
                                .map(SettingsView::of)),
                Route.change(
                        Method.PATCH,
                        SETTINGS,
                        Permission.DNS_WRITE,
                        ChangedSettings.class,
                        SettingsView.class,
                        "Changes what is given of it; an empty list of nameservers forgets a suffix of 'split'",
                        DnsRoutes::change),
                Route.list(
                        RECORDS,
                        Permission.DNS_READ,
                        RecordView.class,
                        "Lists extra DNS records",
                        call -> call.administration()
                                .dns()
                                .list(call.caller(), call.domain())
                                .map(records ->
                                        records.stream().map(RecordView::of).toList())),
                Route.change(
                        Method.POST,
                        RECORDS,
                        Permission.DNS_WRITE,
                        NewRecord.class,
                        RecordView.class,
                        "Adds an A or AAAA record",
                        call -> call.administration()
                                .dns()
                                .add(
                                        call.caller(),
                                        call.domain(),
                                        call.body(NewRecord.class).name,
                                        call.body(NewRecord.class).type,
                                        call.body(NewRecord.class).value)
                                .map(RecordView::of)),
                Route.change(
                        Method.DELETE,
                        RECORDS + "/{record}",
                        Permission.DNS_WRITE,
                        Void.class,
                        Removed.class,
                        "Removes a DNS record",
                        call -> call.administration()
                                .dns()
                                .remove(call.caller(), call.domain(), call.id("record"))
                                .map(Removed::new)));
    }

    private static Outcome<SettingsView> change(Call call) {
        ChangedSettings asked = call.body(ChangedSettings.class);
        return call.administration()
                .dns()
                .change(
                        call.caller(),
                        call.domain(),
                        new SettingsChange(asked.nameservers, asked.overrideLocal, asked.search, split(asked.split)))
                .map(SettingsView::of);
    }

    private static @Nullable Map<String, List<String>> split(@Nullable List<SplitView> asked) {
        if (asked == null) {
            return null;
        }
        Map<String, List<String>> split = new TreeMap<>();
        for (SplitView part : asked) {
            if (split.put(part.suffix, part.nameservers) != null) {
                throw new IllegalArgumentException("the suffix " + part.suffix + " is there twice");
            }
        }
        return split;
    }
}
