/**
 * The control socket of {@code wg}: its text protocol, its server, and the step from lines of text to the device.
 *
 * <p>Three layers, each testable alone: {@code UapiSession} turns bytes into {@link io.penstock.engine.uapi.Change}s and
 * replies (pure); {@link io.penstock.engine.uapi.Configuration} carries batches of them to the control agent;
 * {@code DeviceConfigurator} applies them there. {@code UapiServer} owns the socket and its threads.
 */
@NullMarked
package io.penstock.engine.uapi;

import org.jspecify.annotations.NullMarked;
