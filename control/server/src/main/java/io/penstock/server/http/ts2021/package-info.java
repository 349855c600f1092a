/** Where machines come in: the coordinator's key, the upgrade of a connection, and the requests inside of it. */
@NullMarked
package io.penstock.server.http.ts2021;

import org.jspecify.annotations.NullMarked;
