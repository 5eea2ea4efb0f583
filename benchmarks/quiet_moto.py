"""moto's S3 server on a port of this machine, without a line per request.

python -m benchmarks.quiet_moto 5000
"""

import logging
import sys
import threading

from moto import server

if __name__ == "__main__":
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server.ThreadedMotoServer(port=int(sys.argv[1])).start()
    print("ready", flush=True)
    threading.Event().wait()
