@echo off
rem Runs Lanewise: finds a JDK 25 or later, builds on first use or after a change, and starts the program.
rem Delayed expansion would take an exclamation mark out of every argument.
setlocal disabledelayedexpansion
set "lanewise_home=%~dp0"
set "lanewise_jar=%lanewise_home%target\lanewise.jar"
set "jdk="
set "build="

if exist "%lanewise_home%src\" if not exist "%lanewise_jar%" set "build=1"
if exist "%lanewise_home%src\" if exist "%lanewise_jar%" (
    powershell -NoProfile -Command "$sources = ($env:lanewise_home + 'src\main'), ($env:lanewise_home + 'pom.xml'); $built = (Get-Item -LiteralPath $env:lanewise_jar).LastWriteTime; if (Get-ChildItem -LiteralPath $sources -Recurse -File | Where-Object { $_.LastWriteTime -gt $built } | Select-Object -First 1) { exit 1 }"
    if errorlevel 1 if not errorlevel 2 set "build=1"
)

rem Some write quotation marks around it.
if defined JAVA_HOME call :consider "%JAVA_HOME:"=%"
if not defined jdk for /f "delims=" %%j in ('where java 2^>nul') do if not defined jdk call :consider "%%~dpj.."
if not defined jdk for /d %%d in ("%ProgramFiles%\Java\*" "%ProgramFiles%\Eclipse Adoptium\*" "%ProgramFiles%\Microsoft\jdk*" "%ProgramFiles%\Amazon Corretto\*" "%ProgramFiles%\Zulu\*" "%USERPROFILE%\.jdks\*") do if not defined jdk call :consider "%%~d"
if not defined jdk (
    echo lanewise: a JDK 25 or later is needed and none was found; install one or set JAVA_HOME to it. 1>&2
    exit /b 2
)

if defined build (
    echo Building Lanewise ^(once; this takes half a minute, and longer where Maven downloads^) 1>&2
    pushd "%lanewise_home%"
    set "JAVA_HOME=%jdk%"
    call mvnw.cmd -q -B -DskipTests -Dquick package 1>&2
    if errorlevel 1 (
        popd
        echo lanewise: the build failed; its messages are above 1>&2
        exit /b 1
    )
    popd
    powershell -NoProfile -Command "(Get-Item -LiteralPath $env:lanewise_jar).LastWriteTime = Get-Date"
    if exist "%lanewise_home%target\lanewise.jsa" del /q "%lanewise_home%target\lanewise.jsa"
) else if not exist "%lanewise_jar%" (
    echo lanewise: "%lanewise_jar%" is missing, and there are no sources to build it from 1>&2
    exit /b 2
)

rem Training makes no garbage to speak of: the smallest collector starts fastest, in a third of the memory. Another one
rem that the environment names would conflict with it.
set "options=-XX:+UseSerialGC -Xmn16m"
if "%~1"=="sweep" set "options=-XX:+UseG1GC -Xms64m -XX:GCTimeRatio=2"
set | findstr /r /c:"^JAVA_TOOL_OPTIONS=.*-XX:+Use[A-Za-z0-9]*GC" /c:"^JDK_JAVA_OPTIONS=.*-XX:+Use[A-Za-z0-9]*GC" /c:"^_JAVA_OPTIONS=.*-XX:+Use[A-Za-z0-9]*GC" >nul && set "options="
if defined LANEWISE_JAVA_OPTS set "options=%LANEWISE_JAVA_OPTS%"
rem What these do for a cold start, and why train alone has them, stands in the other launcher.
set "training="
set archive=-Xlog:disable -Xlog:all=warning:stderr
if "%~1"=="train" (
    set "training=-XX:CICompilerCount=4 -XX:-UseProfiledLoopPredicate -XX:Tier4BackEdgeThreshold=4000000 -XX:CompileCommand=quiet -XX:CompileCommand=CompileThresholdScaling,*.*,3.0 -XX:CompileCommand=CompileThresholdScaling,dev.lanewise.kernel.*::*,0.1 -XX:CompileCommand=CompileThresholdScaling,sun.security.provider.*::*,0.1 -XX:CompileCommand=CompileThresholdScaling,java.util.Arrays::fill,0.1 -XX:CompileCommand=dontinline,dev.lanewise.kernel.Updates::*"
    if not defined LANEWISE_CLASSPATH set archive=-Xlog:disable -XX:+AutoCreateSharedArchive "-XX:SharedArchiveFile=%lanewise_home%target\lanewise.jsa"
)
rem An empty entry of a class path is the directory at hand.
set "classes=%lanewise_jar%;%lanewise_home%target\lib\*"
if defined LANEWISE_CLASSPATH set "classes=%classes%;%LANEWISE_CLASSPATH%"
rem The vectors, of which the JVM warns as of an incubator's, are not for what computes nothing.
set "vectors=--add-modules jdk.incubator.vector"
for %%c in ("" "-h" "--help" "-V" "--version" "help" "completion") do if "%~1"==%%c set "vectors="
"%jdk%\bin\java.exe" %vectors% %archive% %training% %options% -cp "%classes%" dev.lanewise.cli.Start %*
exit /b %errorlevel%

:consider
if not exist "%~1\bin\java.exe" exit /b
if defined build if not exist "%~1\bin\javac.exe" exit /b
if not exist "%~1\release" exit /b
for /f "usebackq tokens=2 delims==" %%v in (`findstr /b "JAVA_VERSION=" "%~1\release"`) do (
    for /f "tokens=1 delims=.+-" %%m in ("%%~v") do if %%m GEQ 25 set "jdk=%~1"
)
exit /b
