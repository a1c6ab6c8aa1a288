package org.walfmt.writer.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class ServerAddressTest {
  private static final List<Path> SOCKETS = List.of(Path.of("/var/run/postgresql"));

  @Test
  void aHostThatIsAPathIsASocket() {
    ServerAddress address = new ServerAddress("/var/run/postgresql", "", 5433);
    assertThat(address.isSocket()).isTrue();
    assertThat(address.socketPath()).isEqualTo("/var/run/postgresql/.s.PGSQL.5433");
    assertThat(address.shown()).isEqualTo("on socket \"/var/run/postgresql/.s.PGSQL.5433\"");
    assertThat(address.nameInPasswordFile(SOCKETS)).isEqualTo("localhost");
    assertThat(new ServerAddress("/tmp", "", 5433).nameInPasswordFile(SOCKETS)).isEqualTo("/tmp");
  }

  @Test
  void anAddressMakesItTcpWhateverTheHost() {
    assertThat(new ServerAddress("/tmp", "10.0.0.1", 5432).isSocket()).isFalse();
    assertThat(new ServerAddress("", "10.0.0.1", 5432).name()).isEqualTo("10.0.0.1");
  }

  @Test
  void aMessageNamesHostAndAddressAsLibpqDoes() {
    ServerAddress address = new ServerAddress("localhost", "", 5432);
    assertThat(address.shown("127.0.0.1")).isEqualTo("at \"localhost\" (127.0.0.1), port 5432");
    assertThat(new ServerAddress("127.0.0.1", "", 5432).shown("127.0.0.1"))
        .isEqualTo("at \"127.0.0.1\", port 5432");
  }

  @Test
  void numbersAreLookedUpWithoutANameServer() throws Exception {
    assertThat(HostLookup.addresses(new ServerAddress("x", "10.0.0.1", 1)))
        .containsExactly("10.0.0.1");
    assertThat(HostLookup.addresses(new ServerAddress("::1", "", 1))).containsExactly("::1");
    assertThat(HostLookup.addresses(new ServerAddress("2001:db8:0:0:1:0:0:1", "", 1)))
        .containsExactly("2001:db8::1:0:0:1");
    assertThat(HostLookup.addresses(new ServerAddress("fe80::", "", 1))).containsExactly("fe80::");
    assertThat(HostLookup.addresses(new ServerAddress("1:2:3:4:5:6:0:8", "", 1)))
        .containsExactly("1:2:3:4:5:6:0:8");
  }

  @Test
  void aNameIsNoAddress() {
    assertThatThrownBy(() -> HostLookup.addresses(new ServerAddress("", "localhost", 1)))
        .isInstanceOf(UnknownHostException.class)
        .hasMessage("could not parse network address \"localhost\"");
  }

  @Test
  void aNameThatNobodyKnowsIsToldInLibpqsWords() {
    assertThatThrownBy(() -> HostLookup.addresses(new ServerAddress("no-such.invalid", "", 1)))
        .isInstanceOf(UnknownHostException.class)
        .hasMessage(
            "could not translate host name \"no-such.invalid\" to address:"
                + " Name or service not known");
  }
}
