/**
 * Tools that show and measure: {@code speed} moves traffic between two ends, {@code demo} builds two sites on one machine and
 * joins them. Nothing here is on a packet path of the product.
 */
@NullMarked
package io.penstock.lab;

import org.jspecify.annotations.NullMarked;
