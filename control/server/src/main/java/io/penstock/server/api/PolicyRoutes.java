package io.penstock.server.api;

import io.penstock.server.admin.Permission;
import io.penstock.server.model.DnsRecord;
import io.penstock.server.model.PolicyVersion;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The policy and the extra DNS records of a domain. */
final class PolicyRoutes {
    private static final String POLICY = "/api/v1/domains/{domain}/policy";
    private static final String RECORDS = "/api/v1/domains/{domain}/dns-records";

    private PolicyRoutes() {}

    record PolicyView(long version, String text, String author, String created) {
        static PolicyView of(PolicyVersion version) {
            return new PolicyView(
                    version.version(),
                    version.text(),
                    version.author(),
                    version.created().toString());
        }
    }

    record NewPolicy(String text, @Nullable Long expectedVersion) {}

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
                        POLICY,
                        Permission.POLICY_READ,
                        PolicyView.class,
                        "Shows the policy in force",
                        call -> call.administration()
                                .policies()
                                .get(call.caller(), call.domain())
                                .map(PolicyView::of)),
                Route.list(
                        POLICY + "/versions",
                        Permission.POLICY_READ,
                        PolicyView.class,
                        "Lists the newest policies",
                        call -> call.administration()
                                .policies()
                                .versions(call.caller(), call.domain())
                                .map(versions ->
                                        versions.stream().map(PolicyView::of).toList())),
                Route.change(
                        Method.PUT,
                        POLICY,
                        Permission.POLICY_WRITE,
                        NewPolicy.class,
                        PolicyView.class,
                        "Checks a policy and puts it into force",
                        call -> call.administration()
                                .policies()
                                .set(
                                        call.caller(),
                                        call.domain(),
                                        call.body(NewPolicy.class).text,
                                        call.body(NewPolicy.class).expectedVersion)
                                .map(PolicyView::of)),
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
}
