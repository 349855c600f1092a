/** Features of links as ethtool(8) switches them, by the ioctl SIOCETHTOOL. */
@NullMarked
package io.penstock.ffm.ethtool;

import org.jspecify.annotations.NullMarked;
