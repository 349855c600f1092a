package io.penstock.server.http.ts2021;

import io.penstock.server.machine.JoinDecisions;
import io.penstock.server.machine.Pings;
import io.penstock.server.machine.Registrations;
import io.penstock.server.machine.Reports;
import io.penstock.server.map.MapSource;

/** Who answers what machines ask. */
public record Machines(
        Registrations registrations, JoinDecisions decisions, Reports reports, MapSource maps, Pings pings) {}
