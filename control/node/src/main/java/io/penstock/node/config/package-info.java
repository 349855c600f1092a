/**
 * What a node can be told: {@link io.penstock.node.config.Settings} is the one table, from which the flags of {@code up} and {@code
 * set}, what {@code get} shows and the keys of {@code penstock.conf} are made. Pure but for {@link
 * io.penstock.node.config.ConfigFile#read}. {@link io.penstock.node.config.WgQuick} is the form that other programs have
 * their peers in.
 */
@NullMarked
package io.penstock.node.config;

import org.jspecify.annotations.NullMarked;
