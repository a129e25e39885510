"""HTML in, accessible PDF out, behind a fence.

`engine` is what the rest of the code calls; `process` starts and ends the child, `wire` is how they talk, `job`
what they say. Inside the child: `child` sets the pages, `fence` and `sift` guard it. `text`, `metrics`,
`diagram`, `marks` and `drawings` serve the templates; `filters` hands them to Jinja. Nothing heavy is imported
before a page is set: WeasyPrint lives in the child only.
"""
