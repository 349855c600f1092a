/** What nodes ask of the coordinator, between the messages of the protocol and the registry. Knows no connection. */
@NullMarked
package io.penstock.server.machine;

import org.jspecify.annotations.NullMarked;
