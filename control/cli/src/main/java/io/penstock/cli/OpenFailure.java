package io.penstock.cli;

import io.penstock.ffm.Errno;
import io.penstock.ffm.ErrnoException;
import io.penstock.ffm.netlink.Links;
import io.penstock.ffm.netlink.Netlink;

/** The kernel's refusals at the start of an interface, with the cure. */
final class OpenFailure {
    private OpenFailure() {}

    /** @param tunFd the inherited descriptor, or -1 */
    static CommandFailure ofDevice(ErrnoException refusal, String name, int tunFd) {
        boolean isForbidden = refusal.errno() == Errno.EPERM || refusal.errno() == Errno.EACCES;
        if (tunFd >= 0) {
            String descriptor = WgEnvironment.TUN_FD + "=" + tunFd;
            return new CommandFailure(
                    isForbidden
                            ? forbidden(refusal, descriptor, name)
                            : descriptor + " cannot be used: " + refusal.getMessage());
        }
        return new CommandFailure(
                switch (refusal.errno()) {
                    case Errno.EPERM, Errno.EACCES -> forbidden(refusal, name, name);
                    case Errno.ENOENT, Errno.ENODEV, Errno.ENXIO ->
                        name
                                + ": there is no usable /dev/net/tun: load it by 'modprobe tun', or pass the device into this container";
                    case Errno.EBUSY, Errno.EEXIST -> taken(name);
                    case Errno.EINVAL -> isInterface(name) ? taken(name) : name + ": " + refusal.getMessage();
                    default -> name + ": " + refusal.getMessage();
                });
    }

    /** What is missing depends on what was tried. */
    private static String forbidden(ErrnoException refusal, String subject, String name) {
        String operation = refusal.operation();
        if (operation.startsWith("open /dev/net/tun")) {
            return subject + ": " + refusal.getMessage()
                    + ": the device file's mode, or this container, keeps it from you; root usually may: try 'sudo penstock wg "
                    + name + "'";
        }
        if (operation.startsWith("enter the interface's namespace")) {
            return subject + ": the device is in another network namespace, and following it there takes root"
                    + " (or CAP_SYS_ADMIN): start in the device's namespace";
        }
        if (operation.startsWith("create TUN device")) {
            return subject + ": an interface can only be made by root (or with CAP_NET_ADMIN): try 'sudo penstock wg "
                    + name + "'";
        }
        return subject + ": " + refusal.getMessage();
    }

    /** @param uapiFd the inherited descriptor, or -1 */
    static CommandFailure ofSocket(ErrnoException refusal, String name, int uapiFd) {
        if (uapiFd >= 0) {
            return new CommandFailure(
                    WgEnvironment.UAPI_FD + "=" + uapiFd + " cannot be used: " + refusal.getMessage());
        }
        return new CommandFailure(
                switch (refusal.errno()) {
                    case Errno.EPERM, Errno.EACCES ->
                        name + ": no permission for the control socket: " + refusal.getMessage()
                                + "; run as root, or as the owner of that directory";
                    case Errno.EADDRINUSE -> name + ": " + refusal.getMessage();
                    default -> name + ": control socket: " + refusal.getMessage();
                });
    }

    /** Asked of the kernel: what is mounted on /sys may show another namespace. */
    private static boolean isInterface(String name) {
        try (Netlink netlink = Netlink.open()) {
            return new Links(netlink).find(name) != null;
        } catch (ErrnoException e) {
            return false; // then the first refusal has to do
        }
    }

    private static String taken(String name) {
        return name + ": there is an interface of this name: choose another one, or remove it by 'ip link del " + name
                + "'";
    }
}
