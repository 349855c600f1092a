package io.penstock.cli;

import io.penstock.ffm.Errno;
import io.penstock.ffm.ErrnoException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The kernel's refusals at the start of an interface, with the cure. */
final class OpenFailure {
    private OpenFailure() {}

    /** @param tunFd the inherited descriptor, or -1 */
    static CommandFailure ofDevice(ErrnoException refusal, String name, int tunFd) {
        if (tunFd >= 0) {
            return new CommandFailure(
                    WgEnvironment.TUN_FD + "=" + tunFd + " is no open TUN device: " + refusal.getMessage());
        }
        return new CommandFailure(
                switch (refusal.errno()) {
                    case Errno.EPERM, Errno.EACCES ->
                        name + ": an interface can only be made by root (or with CAP_NET_ADMIN): try 'sudo penstock wg "
                                + name + "'";
                    case Errno.ENOENT, Errno.ENODEV, Errno.ENXIO ->
                        name
                                + ": there is no usable /dev/net/tun: load it by 'modprobe tun', or pass the device into this container";
                    case Errno.EBUSY, Errno.EEXIST -> taken(name);
                    case Errno.EINVAL ->
                        Files.exists(Path.of("/sys/class/net", name))
                                ? taken(name)
                                : name + ": " + refusal.getMessage();
                    default -> name + ": " + refusal.getMessage();
                });
    }

    /** @param uapiFd the inherited descriptor, or -1 */
    static CommandFailure ofSocket(ErrnoException refusal, String name, int uapiFd) {
        if (uapiFd >= 0) {
            return new CommandFailure(
                    WgEnvironment.UAPI_FD + "=" + uapiFd + " is no open listening socket: " + refusal.getMessage());
        }
        return new CommandFailure(
                switch (refusal.errno()) {
                    case Errno.EPERM, Errno.EACCES -> name + ": the control socket needs root: " + refusal.getMessage();
                    case Errno.EADDRINUSE ->
                        name + ": " + refusal.getMessage()
                                + "; an interface of this name runs elsewhere, choose another name";
                    default -> name + ": control socket: " + refusal.getMessage();
                });
    }

    private static String taken(String name) {
        return name + ": there is an interface of this name: choose another one, or remove it by 'ip link del " + name
                + "'";
    }
}
