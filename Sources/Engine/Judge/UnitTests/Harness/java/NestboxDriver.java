// SPDX-License-Identifier: Apache-2.0
import java.io.*;
import java.lang.reflect.*;

/** The submission's side of separate mode. It answers calls with data, and that is all that anybody believes it. */
public final class NestboxDriver {
    public static void main(String[] arguments) throws Exception {
        NestboxWire wire = new NestboxWire();
        Class<?> kind = Class.forName(arguments[0]);
        for (byte[] message; (message = wire.receive(Integer.MAX_VALUE)) != null;) {
            ByteArrayOutputStream reply = new ByteArrayOutputStream();
            try {
                answer(kind, NestboxWire.reader(message), new DataOutputStream(reply));
            } catch (Throwable error) {
                Throwable cause = error instanceof InvocationTargetException && error.getCause() != null ? error.getCause() : error;
                cause.printStackTrace();
                reply.reset();
                DataOutputStream to = new DataOutputStream(reply);
                to.writeByte(1);
                NestboxWire.text(to, cause.getClass().getName());
                NestboxWire.text(to, String.valueOf(cause.getMessage()));
            }
            wire.send(reply.toByteArray());
        }
        Runtime.getRuntime().halt(0);
    }

    private static void answer(Class<?> kind, DataInputStream from, DataOutputStream to) throws Exception {
        String name = NestboxWire.text(from);
        Object[] items = new Object[from.readInt()];
        for (int i = 0; i < items.length; i++) items[i] = NestboxWire.get(from, 0);
        for (Method method : kind.getDeclaredMethods()) {
            if (!method.getName().equals(name) || method.getParameterCount() != items.length || method.isSynthetic()) continue;
            method.setAccessible(true);
            Object self = null;
            if (!Modifier.isStatic(method.getModifiers())) {
                Constructor<?> constructor = kind.getDeclaredConstructor();
                constructor.setAccessible(true);
                self = constructor.newInstance();
            }
            Object result = method.invoke(self, items);
            to.writeByte(0);
            NestboxWire.put(to, result);
            for (Object item : items) NestboxWire.put(to, item);
            return;
        }
        throw new NoSuchMethodException(name);
    }
}
