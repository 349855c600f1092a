package io.penstock.engine.aead;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The engines that exist, and the choice between them. The order depends on the processor, fastest first where it was measured; the
 * first engine that the machine has and that passes the {@link SelfTest} is taken, and those after it are not even loaded: a
 * control socket waits for this.
 */
public final class AeadEngines {
    /** All names. */
    public static final List<String> NAMES = List.of(
            IpsecMbEngine.NAME,
            BoringSslEngine.NAME,
            LibCryptoEngine.NAME,
            JceEngine.NAME,
            BouncyCastleEngine.NAME,
            VectorEngine.NAME);

    /** An engine that was left out, and why. */
    public record Refusal(String name, String reason) {
        @Override
        public String toString() {
            return name + ": " + reason;
        }
    }

    /**
     * Opens the engine to use.
     *
     * @param forcedName a name of {@link #NAMES}, or null for the first that works, in the order of preference
     * @param refused gets each engine that was tried before and left out
     * @throws EngineUnavailableException if the forced engine does not work; the text says why and which others do
     */
    public static AeadEngine choose(@Nullable String forcedName, Consumer<Refusal> refused)
            throws EngineUnavailableException {
        if (forcedName != null) {
            return forced(forcedName);
        }
        List<Refusal> refusals = new ArrayList<>();
        for (String name : Processor.ofThisMachine().preference()) {
            try {
                return verified(name);
            } catch (EngineUnavailableException e) {
                Refusal refusal = new Refusal(name, reason(e));
                refusals.add(refusal);
                refused.accept(refusal);
            }
        }
        throw new EngineUnavailableException("no ChaCha20-Poly1305 on this machine: " + refusals);
    }

    /**
     * As {@link #choose(String, Consumer)}, but an engine that is not forced gets the help of the vector kernels where they may
     * pay: with AVX-512, or where no native engine was found. They are looked at when there is traffic; until then it is the engine alone.
     *
     * @param log gets what was left out, and each change of what is in use
     */
    public static AeadEngine choose(@Nullable String forcedName, Logger log) throws EngineUnavailableException {
        AeadEngine engine = choose(forcedName, refusal -> log.log(Level.DEBUG, "cipher engine {0}", refusal));
        boolean mayBeHelped = engine instanceof HeapEngine || Processor.ofThisMachine() == Processor.X86_AVX512;
        if (forcedName != null || !mayBeHelped) {
            return engine;
        }
        return new HybridEngine(engine, new VectorTuner(engine.name(), log));
    }

    /**
     * Opens one more instance of a chosen engine, for another thread, without testing it again.
     *
     * @throws EngineUnavailableException if there is no memory for it
     */
    public static AeadEngine another(AeadEngine engine) throws EngineUnavailableException {
        return engine instanceof HybridEngine hybrid ? hybrid.another() : open(engine.name());
    }

    private static AeadEngine forced(String name) throws EngineUnavailableException {
        if (!NAMES.contains(name)) {
            throw new EngineUnavailableException("there is no AEAD engine \"" + name + "\"; " + survey());
        }
        try {
            return verified(name);
        } catch (EngineUnavailableException e) {
            throw new EngineUnavailableException(
                    "AEAD engine " + name + " cannot be used: " + reason(e) + "; " + survey());
        }
    }

    private static String survey() {
        List<Refusal> refusals = new ArrayList<>();
        List<String> usable = new ArrayList<>();
        tryAll(engine -> usable.add(engine.name()), refusals::add);
        return "available: " + String.join(", ", usable) + (refusals.isEmpty() ? "" : "; not available: " + refusals);
    }

    /** Names of the engines that work on this machine. Loads and tests all of them. */
    public static List<String> available() {
        List<String> usable = new ArrayList<>();
        tryAll(engine -> usable.add(engine.name()), refusal -> {});
        return List.copyOf(usable);
    }

    /**
     * Loads and tests all engines.
     *
     * @param usable gets each that works, and must not keep it: it is closed then
     * @param refused gets each that does not
     */
    public static void tryAll(Consumer<AeadEngine> usable, Consumer<Refusal> refused) {
        for (String name : NAMES) {
            try (AeadEngine engine = verified(name)) {
                usable.accept(engine);
            } catch (EngineUnavailableException e) {
                refused.accept(new Refusal(name, reason(e)));
            }
        }
    }

    /**
     * Opens an engine by its name, without testing it.
     *
     * @throws EngineUnavailableException if there is no such engine, or no memory for it
     */
    public static AeadEngine open(String name) throws EngineUnavailableException {
        return switch (name) {
            case IpsecMbEngine.NAME -> new IpsecMbEngine();
            case BoringSslEngine.NAME -> new BoringSslEngine();
            case LibCryptoEngine.NAME -> new LibCryptoEngine();
            case JceEngine.NAME -> new JceEngine();
            case BouncyCastleEngine.NAME -> new BouncyCastleEngine();
            case VectorEngine.NAME -> VectorEngine.open();
            default -> throw new EngineUnavailableException("there is no AEAD engine \"" + name + "\"");
        };
    }

    private static AeadEngine verified(String name) throws EngineUnavailableException {
        AeadEngine engine = open(name);
        String failure = SelfTest.failure(engine);
        if (failure != null) {
            engine.close();
            throw new EngineUnavailableException("failed its self-test: " + failure);
        }
        return engine;
    }

    private static String reason(EngineUnavailableException e) {
        return String.valueOf(e.getMessage());
    }

    private AeadEngines() {}
}
