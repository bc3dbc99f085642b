// Empties a folder of ours whatever programs have left in it: folders without permissions, links to anywhere,
// names nested deeper than a path can say. Not for folders of the user's.
#pragma once

namespace autofix::fix {

/// Removes what is inside `folder` (a descriptor), and not the folder itself. Symbolic links are removed,
/// never followed; other mounts are left alone. True when nothing is left.
bool remove_contents(int folder);

}  // namespace autofix::fix
