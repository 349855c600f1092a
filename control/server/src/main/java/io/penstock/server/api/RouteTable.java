package io.penstock.server.api;

import java.util.List;
import java.util.stream.Stream;

/** Every route that there is. */
final class RouteTable {
    static final List<Route> ALL = Stream.of(
                    SignInRoutes.routes(),
                    UserRoutes.routes(),
                    FactorRoutes.routes(),
                    NodeRoutes.routes(),
                    KeyRoutes.routes(),
                    PolicyRoutes.routes(),
                    DnsRoutes.routes(),
                    ServerRoutes.routes(),
                    ProviderRoutes.routes())
            .flatMap(List::stream)
            .toList();

    private RouteTable() {}
}
