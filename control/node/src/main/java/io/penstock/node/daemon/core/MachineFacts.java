package io.penstock.node.daemon.core;

/**
 * What a node tells its coordinator of the machine.
 *
 * @param hostname of the machine
 * @param version of this program
 * @param kernel release of the kernel
 * @param distro as {@code os-release} has it, or empty
 * @param distroVersion as {@code os-release} has it, or empty
 * @param architecture as Go calls it
 */
public record MachineFacts(
        String hostname, String version, String kernel, String distro, String distroVersion, String architecture) {}
