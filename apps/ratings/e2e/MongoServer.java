import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import java.util.List;

/** A server that speaks MongoDB's protocol on 127.0.0.1 and the port given, until its standard input ends. */
class Main {
  /** The oldest one that the current driver talks to. The server knows none so new, but all the commands that are used here. */
  static class Version44 implements MongoVersion {
    public List<Integer> getVersionArray() {
      return List.of(4, 4, 0);
    }

    public int getWireVersion() {
      return 9;
    }
  }

  public static void main(String[] arguments) throws Exception {
    var server = new MongoServer(new MemoryBackend().version(new Version44()));
    server.bind("127.0.0.1", Integer.parseInt(arguments[0]));
    while (System.in.read() >= 0) {}
    server.shutdownNow();
  }
}
