/** Network namespaces under {@code /run/netns}, as {@code ip netns} keeps them. */
@NullMarked
package io.penstock.ffm.netns;

import org.jspecify.annotations.NullMarked;
