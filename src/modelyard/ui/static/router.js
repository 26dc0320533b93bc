// The address bar: the query says which screen is shown, so that a link, a second browser and the back button all work.
const followers = new Set()
const tell = () => followers.forEach((follow) => follow(window.location.search))

window.addEventListener("popstate", tell)

/** Call `follow` with the query whenever it changes; returns how to stop. */
export function onRoute(follow) {
  followers.add(follow)
  return () => followers.delete(follow)
}

/** Show the screen of `query`, for instance `?tab=data`. */
export function go(query, {replace = false} = {}) {
  if (query === window.location.search) { return }
  window.history[replace ? "replaceState" : "pushState"]({}, "", query)
  tell()
}

/** What a link does when it is clicked: a plain click stays in this page, any other is the browser's own. */
export function follow(event, query) {
  if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) { return }
  event.preventDefault()
  event.stopPropagation()
  go(query)
}
