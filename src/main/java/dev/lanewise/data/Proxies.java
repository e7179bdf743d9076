package dev.lanewise.data;

import java.io.IOException;
import java.net.Authenticator;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.PasswordAuthentication;
import java.net.Proxy;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Opens connections through the proxy that the environment names, as other programs do: {@code HTTPS_PROXY},
 * {@code HTTP_PROXY} and {@code NO_PROXY}, or the same in lower case, which counts first. Where Java's own properties name
 * a proxy ({@code -Dhttps.proxyHost}), they decide. A name and a password in the proxy's address are told to a proxy that asks;
 * to one on the way to an HTTPS mirror only where {@code jdk.http.auth.tunneling.disabledSchemes} is empty, which it is for the
 * command line.
 */
final class Proxies {
    private static final int USUAL_PORT = 80;

    private final Map<String, String> environment;

    Proxies(Map<String, String> environment) {
        this.environment = environment;
    }

    HttpURLConnection open(URI uri) throws IOException {
        URI proxy = System.getProperty(uri.getScheme() + ".proxyHost") != null || isExcepted(uri) ? null : proxy(uri);
        if (proxy == null) {
            return (HttpURLConnection) uri.toURL().openConnection();
        }
        HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection(new Proxy(Proxy.Type.HTTP,
                new InetSocketAddress(proxy.getHost(), proxy.getPort() < 0 ? USUAL_PORT : proxy.getPort())));
        if (proxy.getUserInfo() != null) {
            String[] user = proxy.getUserInfo().split(":", 2);
            connection.setAuthenticator(new Authenticator() {
                @Override
                protected @Nullable PasswordAuthentication getPasswordAuthentication() {
                    return getRequestorType() == RequestorType.PROXY
                            ? new PasswordAuthentication(user[0], user[user.length - 1].toCharArray())
                            : null;
                }
            });
        }
        return connection;
    }

    private String variable(String name) {
        String lower = environment.getOrDefault(name.toLowerCase(Locale.ROOT), "");
        return lower.isEmpty() ? environment.getOrDefault(name, "") : lower;
    }

    /** Of that scheme; null if none is named. */
    private @Nullable URI proxy(URI uri) throws InputException {
        String name = uri.getScheme().toUpperCase(Locale.ROOT) + "_PROXY";
        String value = variable(name);
        if (value.isEmpty()) {
            return null;
        }
        try {
            URI proxy = new URI(value.contains("://") ? value : "http://" + value);
            if (proxy.getHost() != null && proxy.getScheme().equalsIgnoreCase("http")) {
                return proxy;
            }
        } catch (URISyntaxException _) {
            // the same sentence, without the value, which may hold a password
        }
        throw new InputException(
                "%s does not name a proxy; set it to one such as http://proxy.example.com:3128, or unset it"
                        .formatted(name));
    }

    /** Whether {@code NO_PROXY} has the host, a domain above it, either with the port, or a star for all. */
    private boolean isExcepted(URI uri) {
        String host = uri.getHost().toLowerCase(Locale.ROOT);
        int port = uri.getPort() >= 0 ? uri.getPort() : uri.getScheme().equals("https") ? 443 : 80;
        for (String entry : variable("NO_PROXY").toLowerCase(Locale.ROOT).split("[\\s,]+")) {
            String domain = entry.endsWith(":" + port) ? entry.substring(0, entry.lastIndexOf(':')) : entry;
            domain = domain.replaceFirst("^[*]?[.]", "");
            if (entry.equals("*") || !domain.isEmpty() && (host.equals(domain) || host.endsWith("." + domain))) {
                return true;
            }
        }
        return false;
    }
}
