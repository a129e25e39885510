// A form that came back with something to look at again: the keyboard starts at the list of what it is.
document.querySelector('[data-focus]')?.focus();
