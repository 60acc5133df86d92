// The default theme, with enough contrast for the names of languages.

import DefaultTheme from "vitepress/theme";
import "./contrast.css";

export default DefaultTheme;
