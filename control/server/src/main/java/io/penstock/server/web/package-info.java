/**
 * What people see in their browsers: the first administrator's page, signing in and out, and the page on which somebody lets a
 * device in. Pages without script; a request goes in, a page comes out. Knows no socket and no thread.
 */
@NullMarked
package io.penstock.server.web;

import org.jspecify.annotations.NullMarked;
