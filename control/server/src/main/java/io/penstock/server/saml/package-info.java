/**
 * Messages of SAML 2.0 for a service provider, and what of them is believed. Pure: no socket, no clock, no store. The XML is a
 * stranger's until a signature by a known key says otherwise.
 */
@NullMarked
package io.penstock.server.saml;

import org.jspecify.annotations.NullMarked;
