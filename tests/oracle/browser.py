"""A headless Chromium driven over the DevTools protocol: https://chromedevtools.github.io/devtools-protocol/"""

import asyncio
import base64
import json
import pathlib
import shutil
import tempfile

import aiohttp

PROGRAM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


class Browser:
    """`async with Browser() as browser`: one tab. `messages` are console messages, exceptions and failed requests."""

    async def __aenter__(self):
        self.profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.process = await asyncio.create_subprocess_exec(
            PROGRAM, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--remote-debugging-port=0",
            "--disable-dev-shm-usage", "--no-first-run", f"--user-data-dir={self.profile.name}", "about:blank",
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL)
        port = pathlib.Path(self.profile.name) / "DevToolsActivePort"
        while not (port.exists() and port.read_text().count("\n") >= 1):
            if self.process.returncode is not None:
                raise RuntimeError(f"Chromium ended with status {self.process.returncode}")
            await asyncio.sleep(0.05)
        self.session = aiohttp.ClientSession()
        async with self.session.get(f"http://127.0.0.1:{port.read_text().split()[0]}/json/list") as answer:
            pages = [target for target in await answer.json() if target["type"] == "page"]
        self.socket = await self.session.ws_connect(pages[0]["webSocketDebuggerUrl"], max_msg_size=0)
        self.messages, self.waiting, self.number, self.loaded = [], {}, 0, asyncio.Event()
        self.reader = asyncio.create_task(self.read())
        for domain in ("Page", "Runtime", "Log", "Network"):
            await self.send(f"{domain}.enable")
        return self

    async def __aexit__(self, *_):
        self.reader.cancel()
        await self.socket.close()
        await self.session.close()
        self.process.kill()
        await self.process.wait()
        self.profile.cleanup()

    async def read(self):
        async for message in self.socket:
            data = json.loads(message.data)
            if "id" in data:
                self.waiting.pop(data["id"]).set_result(data)
            elif data["method"] == "Page.loadEventFired":
                self.loaded.set()
            elif data["method"] in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"):
                self.messages.append(self.words(data["params"]))
            elif data["method"] == "Network.requestWillBeSent":
                url = data["params"]["request"]["url"]
                if not url.startswith(("file:", "data:", "blob:", "about:")):
                    self.messages.append("request: " + url)

    @staticmethod
    def words(params):
        if "args" in params:
            return " ".join(str(one.get("value", one.get("description"))) for one in params["args"])
        return json.dumps(params)[:1000]

    async def send(self, method, **parameters):
        self.number += 1
        future = self.waiting[self.number] = asyncio.get_running_loop().create_future()
        await self.socket.send_json({"id": self.number, "method": method, "params": parameters})
        answer = await asyncio.wait_for(future, 120)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    async def evaluate(self, expression):
        """The value of a JavaScript expression; promises are awaited."""
        answer = await self.send("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    async def until(self, expression):
        """Returns when the expression is true; an Error after two minutes."""
        for _ in range(1200):
            if await self.evaluate(expression):
                return
            await asyncio.sleep(0.1)
        raise RuntimeError(f"never true: {expression}; messages: {self.messages}")

    async def resize(self, width, height, mobile=False):
        await self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=mobile)

    async def media(self, medium="", dark=False):
        """medium "print" or ""; the user's preferred colours."""
        await self.send("Emulation.setEmulatedMedia", media=medium,
                        features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    async def open(self, path):
        self.messages.clear()
        self.loaded.clear()
        await self.send("Page.navigate", url=pathlib.Path(path).resolve().as_uri())
        await asyncio.wait_for(self.loaded.wait(), 120)

    async def key(self, name, code):
        for kind in ("rawKeyDown", "char", "keyUp"):
            text = {"text": "\r"} if kind == "char" and name == "Enter" else {}
            await self.send("Input.dispatchKeyEvent", type=kind, key=name, code=name, windowsVirtualKeyCode=code, **text)

    async def screenshot(self, path, clip=None):
        options = {"clip": {**clip, "scale": 1}} if clip else {}
        answer = await self.send("Page.captureScreenshot", captureBeyondViewport=True, **options)
        pathlib.Path(path).write_bytes(base64.b64decode(answer["data"]))

    async def pdf(self, path):
        answer = await self.send("Page.printToPDF", printBackground=True)
        pathlib.Path(path).write_bytes(base64.b64decode(answer["data"]))
