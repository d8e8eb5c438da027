// a script of the project
