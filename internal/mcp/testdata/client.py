"""Calls tools of a server with the official client, and prints what it got as JSON."""

import asyncio
import json
import os
import sys

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client


async def main():
    server = StdioServerParameters(command=sys.argv[1], args=sys.argv[2:], env=dict(os.environ))
    async with stdio_client(server) as (read, write), ClientSession(read, write) as session:
        hello = await session.initialize()
        tools = await session.list_tools()
        hunt = await session.call_tool("hunt", {})
        bad = await session.call_tool("convert", {"rule_text": "title: x", "target": "splnk"})
        print(json.dumps({
            "server": hello.server_info.name,
            "tools": sorted(tool.name for tool in tools.tools),
            "hunt": json.loads(hunt.content[0].text),
            "bad": bad.content[0].text if bad.is_error else "",
        }))


asyncio.run(main())
