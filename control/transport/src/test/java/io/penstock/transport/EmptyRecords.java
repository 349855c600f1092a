package io.penstock.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** Records with nothing in them, which no sealer of ours makes. */
final class EmptyRecords {
    private final SecretKeySpec key;
    private long counter;

    EmptyRecords(byte[] key) {
        this.key = new SecretKeySpec(key, "ChaCha20");
    }

    ByteBuf next() throws Exception {
        Cipher cipher = Cipher.getInstance("ChaCha20-Poly1305");
        byte[] nonce = ByteBuffer.allocate(12).putInt(0).putLong(counter++).array();
        cipher.init(Cipher.ENCRYPT_MODE, key, new IvParameterSpec(nonce));
        return Unpooled.wrappedBuffer(new byte[] {4, 0, 16}, cipher.doFinal());
    }
}
