// SPDX-License-Identifier: Apache-2.0
import java.io.*;
import java.lang.reflect.*;
import java.nio.charset.StandardCharsets;
import java.util.*;

/**
 * The tests' side of separate mode: the method that is asked for is one that asks the submission. Whatever the submission says is
 * data; what is equal is decided here.
 */
public final class NestboxTests {
    private static final int MOST_BYTES = 64 << 20;
    private static final String SECRET = System.getenv("NESTBOX_SECRET");
    private static final Set<Throwable> THEIRS = Collections.newSetFromMap(new IdentityHashMap<>());
    private static NestboxWire wire;

    public static void main(String[] arguments) throws Exception {
        wire = new NestboxWire();
        ClassLoader loader = NestboxTests.class.getClassLoader();
        loader.setDefaultAssertionStatus(true);
        try {
            Method main = Class.forName(arguments[0], true, loader).getDeclaredMethod("main", String[].class);
            main.setAccessible(true);
            main.invoke(null, (Object) new String[0]);
        } catch (InvocationTargetException error) {
            failed(error.getCause());
        } catch (Throwable error) {
            end("not_supported", "the tests cannot be started: " + error, null);
        }
        end("ok", "", null);
    }

    private static void failed(Throwable error) {
        Integer line = null;
        for (StackTraceElement frame : error.getStackTrace()) {
            if (line == null && !frame.getClassName().startsWith("Nestbox") && !frame.getClassName().startsWith("java.")) {
                line = frame.getLineNumber();
            }
        }
        boolean isOwn = error instanceof AssertionError && !THEIRS.contains(error);
        end(isOwn ? "wrong_answer" : "runtime_error", error.toString(), line);
    }

    /** Tells the verdict and ends, whatever goes on. */
    private static void end(String verdict, String message, Integer line) {
        System.err.flush();
        String told = "\n" + SECRET + "{\"verdict\":\"" + verdict + "\",\"message\":" + quoted(message) + ",\"line\":" + line + "}\n";
        try (FileOutputStream err = new FileOutputStream(FileDescriptor.err)) {
            err.write(told.getBytes(StandardCharsets.US_ASCII));
        } catch (IOException error) {
            Runtime.getRuntime().halt(2);
        }
        Runtime.getRuntime().halt(verdict.equals("ok") ? 0 : 1);
    }

    private static String quoted(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (char unit : text.substring(0, Math.min(text.length(), 2000)).toCharArray()) {
            if (unit >= 0x20 && unit < 0x7f && unit != '"' && unit != '\\') out.append(unit);
            else out.append(String.format("\\u%04x", (int) unit));
        }
        return out.append('"').toString();
    }

    /** What the method that is asked for does here. */
    @SuppressWarnings("unchecked")
    static <T> T call(String name, Object... items) {
        byte[] reply = null;
        try {
            ByteArrayOutputStream message = new ByteArrayOutputStream();
            DataOutputStream to = new DataOutputStream(message);
            NestboxWire.text(to, name);
            to.writeInt(items.length);
            for (Object item : items) NestboxWire.put(to, item);
            wire.send(message.toByteArray());
            reply = wire.receive(MOST_BYTES);
        } catch (NestboxWire.NotSupported error) {
            end("not_supported", "the tests give the submission " + error.getMessage(), null);
        } catch (NestboxWire.Malformed error) {
            end("runtime_error", "the submission did not answer as it has to: " + error.getMessage(), null);
        } catch (IOException error) {
            reply = null;
        }
        if (reply == null) end("ended", "the submission ended before the tests did", null);
        RuntimeException thrown = null;
        try {
            DataInputStream from = NestboxWire.reader(reply);
            if (from.readByte() == 0) {
                Object result = NestboxWire.get(from, 0);
                for (Object item : items) change(item, NestboxWire.get(from, 0));
                if (from.available() > 0) throw new NestboxWire.Malformed("more than an answer");
                return (T) result;
            }
            thrown = error(NestboxWire.text(from), NestboxWire.text(from));
        } catch (Throwable error) {
            end("runtime_error", "the submission did not answer as it has to: " + error, null);
        }
        THEIRS.add(thrown);
        throw thrown;
    }

    /** Exceptions of the language come as what they are, others as a RuntimeException. */
    private static RuntimeException error(String name, String message) {
        if (name.matches("java\\.(lang|util)\\.[A-Za-z]{1,60}Exception")) {
            try {
                Class<?> kind = Class.forName(name);
                if (RuntimeException.class.isAssignableFrom(kind)) {
                    return (RuntimeException) kind.getConstructor(String.class).newInstance(message);
                }
            } catch (ReflectiveOperationException other) {
                return new RuntimeException(name + ": " + message);
            }
        }
        return new RuntimeException(name + ": " + message);
    }

    /** Does to an argument what the submission did to its copy. */
    @SuppressWarnings("unchecked")
    private static void change(Object own, Object theirs) {
        if (own == null || theirs == null || own.equals(theirs)) return;
        try {
            if (own instanceof List && theirs instanceof List) {
                List<Object> list = (List<Object>) own;
                List<Object> other = (List<Object>) theirs;
                if (list.size() == other.size()) {
                    for (int i = 0; i < list.size(); i++) list.set(i, other.get(i));
                } else {
                    list.clear();
                    list.addAll(other);
                }
            } else if (own instanceof Collection && theirs instanceof Collection) {
                ((Collection<Object>) own).clear();
                ((Collection<Object>) own).addAll((Collection<Object>) theirs);
            } else if (own instanceof Map && theirs instanceof Map) {
                ((Map<Object, Object>) own).clear();
                ((Map<Object, Object>) own).putAll((Map<Object, Object>) theirs);
            } else if (own.getClass().isArray() && own.getClass() == theirs.getClass() && Array.getLength(own) == Array.getLength(theirs)) {
                System.arraycopy(theirs, 0, own, 0, Array.getLength(own));
            }
        } catch (UnsupportedOperationException unmodifiable) {
            return;
        }
    }
}
