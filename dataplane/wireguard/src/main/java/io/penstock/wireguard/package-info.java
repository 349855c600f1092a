@NullMarked
package io.penstock.wireguard;

import org.jspecify.annotations.NullMarked;
