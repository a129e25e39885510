"""HTML in, accessible PDF out, behind a fence.

`engine` starts the child process and is what the rest of the code calls; `child` and `fence` run inside it.
`text`, `metrics`, `diagram`, `marks` and `drawings` serve the templates; `filters` hands them to Jinja.
Nothing heavy is imported before a page is set: WeasyPrint lives in the child only.
"""
